import type { Attributes } from '../graph/graph.ts';

export interface LayerNormAttributes extends Attributes {
  readonly epsilon: number;
}
