import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { tiled } from './tiles.ts';

/** Mean and log variance of the encoder's distribution, each [1, L, h, w], before the scaling factor. */
export interface LatentDistribution {
  readonly mean: FloatTensor;
  readonly logVariance: FloatTensor;
}

/**
 * Encodes a picture [1, 3, H, W] in [-1, 1].
 * @param tile side of overlapping tiles in latents; in one piece unless stated
 */
export async function encodePicture(model: LoadedModel, picture: FloatTensor, tile?: number): Promise<LatentDistribution> {
  const encode = async (part: FloatTensor): Promise<FloatTensor> => {
    const [, , height, width] = part.shape as [number, number, number, number];
    const encoder = await model.vaeEncoder(height, width);
    return (await encoder.run(new Map([['image', part]]))).get('moments') as FloatTensor;
  };
  if (tile === undefined) return splitMoments(await encode(picture));
  const plan = { inputSize: tile * model.description.vaeFactor, outputSize: tile, overlap: 0.25 };
  return splitMoments(await tiled(picture, plan, encode));
}

/** Splits [1, 2L, h, w] in halves and limits the log variance to [-30, 20], as diffusers does. */
export function splitMoments(moments: FloatTensor): LatentDistribution {
  const [, channels, height, width] = moments.shape as [number, number, number, number];
  const shape = [1, channels / 2, height, width];
  const half = moments.data.length / 2;
  const logVariance = moments.data.slice(half).map((value) => Math.min(Math.max(value, -30), 20));
  return { mean: floatTensor(shape, moments.data.slice(0, half)), logVariance: floatTensor(shape, logVariance) };
}

/** mean + exp(logVariance / 2) * noise; the mean alone without noise. */
export function sampleLatents({ mean, logVariance }: LatentDistribution, noise?: Float32Array): Float32Array {
  if (!noise) return mean.data;
  return mean.data.map((value, i) => Math.fround(value + Math.fround(Math.fround(Math.exp(0.5 * logVariance.data[i]!)) * noise[i]!)));
}

/** The VAE's latents as the UNet takes them. */
export function scaleLatents(model: LoadedModel, latents: Float32Array): Float32Array {
  const { scalingFactor, shiftFactor } = model.vaeConfig;
  return latents.map((value) => Math.fround((value - shiftFactor) * scalingFactor));
}

/** The UNet's latents as the VAE takes them. */
export function unscaleLatents(model: LoadedModel, latents: Float32Array): Float32Array {
  const { scalingFactor, shiftFactor } = model.vaeConfig;
  return latents.map((value) => Math.fround(value / scalingFactor + shiftFactor));
}

/** Decodes the VAE's latents [1, L, h, w] to a picture [1, 3, H, W], about [-1, 1]. */
export async function decodeLatents(model: LoadedModel, latents: FloatTensor): Promise<FloatTensor> {
  const [, , height, width] = latents.shape as [number, number, number, number];
  const decoder = await model.vaeDecoder(height, width);
  return (await decoder.run(new Map([['latents', latents]]))).get('image') as FloatTensor;
}
