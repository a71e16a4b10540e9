import type { Attributes } from '../graph/graph.ts';

export interface SliceAttributes extends Attributes {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}
