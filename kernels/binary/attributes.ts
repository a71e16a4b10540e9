import type { Attributes } from '../graph/graph.ts';

export interface BinaryAttributes extends Attributes {
  readonly kind: 'add' | 'multiply';
}
