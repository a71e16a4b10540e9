/** Which merges of neighbouring nodes to make. Each is optional, and the result is the same within rounding. */
export interface FusionOptions {
  /** The activation after a group normalisation or a product. */
  readonly activation: boolean;
  /** Channel shifts, gates and residuals into the product or the attention before them. */
  readonly epilogue: boolean;
  /** Gated GELU into the linear layer before it. */
  readonly gated: boolean;
  /** Joined images are read from their parts. */
  readonly concat: boolean;
  /** Doubled images are read from the small one. */
  readonly upsample: boolean;
  /** Group normalisation while a convolution reads its input. Saves memory traffic, costs arithmetic: to be measured. */
  readonly normOnLoad: boolean;
}

export const noFusion: FusionOptions = {
  activation: false,
  epilogue: false,
  gated: false,
  concat: false,
  upsample: false,
  normOnLoad: false,
};
