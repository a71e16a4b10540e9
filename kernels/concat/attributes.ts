import type { Attributes } from '../graph/graph.ts';

export interface ConcatAttributes extends Attributes {
  /** Logical axis: 1 joins image channels or token rows, the last joins features. */
  readonly axis: number;
}
