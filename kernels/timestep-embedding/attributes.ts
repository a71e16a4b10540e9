import type { Attributes } from '../graph/graph.ts';

export interface TimestepEmbeddingAttributes extends Attributes {
  readonly width: number;
  /** Cosines before sines, as every Stable Diffusion UNet has it. */
  readonly flipSinToCos: boolean;
  readonly frequencyShift: number;
}
