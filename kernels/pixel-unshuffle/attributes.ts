import type { Attributes } from '../graph/graph.ts';

export interface PixelUnshuffleAttributes extends Attributes {
  readonly factor: number;
}
