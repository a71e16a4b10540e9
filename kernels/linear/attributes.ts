import type { Attributes } from '../graph/graph.ts';

export interface LinearAttributes extends Attributes {
  /** The back end may multiply in 8 bits. */
  readonly eightBit?: boolean;
}
