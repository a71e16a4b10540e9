import { elementCount, floatTensor } from '../../../kernels/tensor.ts';
import { latentPreview, previewMatrices } from '../../core/preview.ts';
import type { ServiceProgress } from '../engine-service.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { decodeLatents, unscaleLatents } from '../pipeline/latents.ts';
import { picturePixels } from '../pipeline/pixels.ts';

export type Preview = NonNullable<ServiceProgress['preview']>;

/** Below this many weights a VAE decodes in a small part of a step, and the preview is the picture itself. */
const smallVae = 8_000_000;

/**
 * A small picture of the denoised estimate [1, C, h, w]: decoded where the VAE is small, else by the family's linear map of the latents.
 * Undefined where neither is known to fit.
 */
export async function previewOf(model: LoadedModel, estimate: Float32Array, shape: readonly number[]): Promise<Preview | undefined> {
  const [, channels, height, width] = shape as [number, number, number, number];
  if (weightCount(model) <= smallVae) {
    const picture = picturePixels(await decodeLatents(model, floatTensor(shape, unscaleLatents(model, estimate))));
    return { width: picture.width, height: picture.height, rgb: picture.data };
  }
  const matrix = previewMatrices[model.description.family.startsWith('sdxl') ? 'sdxl' : 'sd1'];
  if (channels !== matrix.channels.length) return undefined;
  return { width, height, rgb: latentPreview(estimate, matrix) };
}

function weightCount({ description }: LoadedModel): number {
  let count = 0;
  for (const { shape } of description.components.vae?.weights.values() ?? []) count += elementCount(shape);
  return count;
}
