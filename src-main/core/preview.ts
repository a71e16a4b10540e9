/** A linear map from latent channels to colour: one row [red, green, blue] a channel, and what is added. Values end in [-1, 1]. */
export interface PreviewMatrix {
  readonly channels: readonly (readonly [number, number, number])[];
  readonly bias: readonly [number, number, number];
}

/** Least-squares fits of pictures to latents in the model's scaled space; numbers as in stable-diffusion.cpp (latent-preview.h). */
export const previewMatrices = {
  sd1: {
    channels: [
      [0.337366, 0.216344, 0.257386],
      [0.165636, 0.386828, 0.046994],
      [-0.267803, 0.237036, 0.223517],
      [-0.178022, -0.200862, -0.678514],
    ],
    bias: [-0.017478, -0.055834, -0.105825],
  },
  sdxl: {
    channels: [
      [0.258303, 0.27764, 0.329699],
      [-0.299701, 0.105446, 0.014194],
      [0.050522, 0.186163, -0.143257],
      [-0.211938, -0.149892, -0.080036],
    ],
    bias: [0.144381, -0.033313, 0.007061],
  },
} as const satisfies Record<string, PreviewMatrix>;

/**
 * A picture of a latent's size from the denoised estimate [C, h, w] of a step: RGB, 3 bytes a pixel, row by row.
 * Throws RangeError when the values are no whole number of planes for the matrix.
 */
export function latentPreview(estimate: Float32Array, { channels, bias }: PreviewMatrix): Uint8Array<ArrayBuffer> {
  const plane = estimate.length / channels.length;
  if (!Number.isInteger(plane)) throw new RangeError(`latent preview: expected ${channels.length} channels, got ${estimate.length} values`);
  const rgb = new Uint8Array(plane * 3);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      let value = bias[colour]!;
      for (let channel = 0; channel < channels.length; channel++) value += estimate[channel * plane + pixel]! * channels[channel]![colour]!;
      rgb[pixel * 3 + colour] = Math.min(Math.max(Math.round((value + 1) * 127.5), 0), 255);
    }
  }
  return rgb;
}
