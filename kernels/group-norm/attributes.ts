import type { Attributes } from '../graph/graph.ts';

export interface GroupNormAttributes extends Attributes {
  readonly groups: number;
  readonly epsilon: number;
}
