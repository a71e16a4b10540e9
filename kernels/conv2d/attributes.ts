import type { Attributes } from '../graph/graph.ts';

export interface Conv2dAttributes extends Attributes {
  readonly kernel: number;
  readonly stride: number;
  /** Zero padding: top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
  /** The back end may multiply in 8 bits. */
  readonly eightBit?: boolean;
}
