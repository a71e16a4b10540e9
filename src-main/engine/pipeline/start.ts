import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import { shareAfter } from '../../core/inpaint/levels.ts';
import type { NoiseSource } from '../../core/random/noise-source.ts';
import type { Sampler } from '../../core/samplers/sampler.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { encodePicture, sampleLatents, scaleLatents } from './latents.ts';

/** What a run starts from, besides noise. */
export interface StartPicture {
  /** [1, 3, H, W] in [-1, 1]. */
  readonly picture: FloatTensor;
  /** Share of the schedule that runs, 0 to 1. */
  readonly strength: number;
}

export interface StartOptions {
  readonly model: LoadedModel;
  readonly sampler: Sampler;
  readonly steps: number;
  readonly noise: NoiseSource;
  /** [N, C, h, w] of all pictures. */
  readonly shape: readonly [number, number, number, number];
  readonly picture?: StartPicture;
  /** The mask of what to redraw, [1, 1, H, W] of 0 and 1. */
  readonly mask?: FloatTensor;
  /**
   * For how much of the run each latent is redrawn, [h, w] of 0 to 1 (differential denoising): models that do not take a mask follow it.
   * Without it, the mask by its nearest pixel.
   */
  readonly levels?: Float32Array;
  /** Side of the VAE's tiles in latents; the picture is encoded in one piece unless stated. */
  readonly tile?: number | undefined;
}

export interface Start {
  /** First call of the model. */
  readonly index: number;
  readonly latents: Float32Array;
  readonly restore?: (latents: Float32Array, index: number) => Float32Array;
  /** Mask and masked latents, for models with nine input channels. */
  readonly beside?: FloatTensor;
}

/** First call of image to image: the tail of the schedule that `strength` leaves (diffusers get_timesteps). */
export function startIndex(steps: number, strength: number, order: number): number {
  return Math.max(steps - Math.min(Math.floor(steps * strength), steps), 0) * order;
}

/**
 * Draws the starting latents in the order in which diffusers draws: the picture's latents, the noise, the masked picture's latents.
 * Text to image is the case without a picture.
 */
export async function prepareStart(options: StartOptions): Promise<Start> {
  const { sampler, noise, shape, picture } = options;
  if (!picture) return { index: 0, latents: scaleBy(noise.randn(shape), sampler.initNoiseSigma) };
  return options.mask ? startInpaint(options, picture, options.mask) : startFromPicture(options, picture);
}

async function startFromPicture(options: StartOptions, { picture, strength }: StartPicture): Promise<Start> {
  const { sampler, steps, noise, shape } = options;
  const index = startIndex(steps, strength, sampler.order);
  const clean = await drawLatents(options, picture);
  return { index, latents: sampler.addNoise(clean, noise.randn(shape), index) };
}

async function startInpaint(options: StartOptions, { picture, strength }: StartPicture, mask: FloatTensor): Promise<Start> {
  const { model, sampler, steps, noise, shape } = options;
  const takesMask = model.unetConfig.inChannels === model.vaeConfig.latentChannels * 2 + 1;
  const index = startIndex(steps, strength, sampler.order);
  const isFull = strength >= 1;
  const clean = !takesMask || !isFull ? await drawLatents(options, picture) : undefined;
  const drawn = noise.randn(shape);
  const latents = isFull ? scaleBy(drawn, sampler.initNoiseSigma) : sampler.addNoise(clean!, drawn, index);
  const latentMask = downsampleMask(mask, shape[2], shape[3]);
  if (takesMask) {
    const masked = await drawLatents(options, maskPicture(picture, mask));
    return { index, latents, beside: joinMask(latentMask, masked, shape) };
  }
  // Diffusers encodes the masked picture for every model: what that draws must be drawn, or later noise would be other noise.
  noise.randn([1, ...shape.slice(1)]);
  const restore = restoreKnown({ sampler, index, clean: clean!, drawn, levels: options.levels ?? latentMask });
  return { index, latents, restore };
}

interface Known {
  readonly sampler: Sampler;
  /** First call. */
  readonly index: number;
  readonly clean: Float32Array;
  readonly drawn: Float32Array;
  readonly levels: Float32Array;
}

/** Puts the known latents back, at the noise of the next call, wherever the level is not above the share of the run still to come. */
function restoreKnown({ sampler, index, clean, drawn, levels }: Known): (current: Float32Array, call: number) => Float32Array {
  const calls = sampler.timesteps.length;
  const steps = Math.ceil((calls - index) / sampler.order);
  return (current, call) => {
    const known = call + 1 >= calls ? clean : sampler.addNoise(clean, drawn, call + 1);
    const share = shareAfter(Math.floor((call - index) / sampler.order), steps);
    return current.map((value, i) => (levels[i % levels.length]! > share ? value : known[i]!));
  };
}

/** The picture's latents as the UNet takes them, drawn from the encoder's distribution, one copy for each picture of the run. */
async function drawLatents({ model, noise, shape, tile }: StartOptions, picture: FloatTensor): Promise<Float32Array> {
  const distribution = await encodePicture(model, picture, tile);
  const one = scaleLatents(model, sampleLatents(distribution, noise.randn([1, ...shape.slice(1)])));
  const all = new Float32Array(one.length * shape[0]);
  for (let i = 0; i < shape[0]; i++) all.set(one, i * one.length);
  return all;
}

/** Nearest neighbour, as torch's interpolate: 1 where the latent is to be redrawn. */
export function downsampleMask(mask: FloatTensor, height: number, width: number): Float32Array {
  const [, , fullHeight, fullWidth] = mask.shape as [number, number, number, number];
  return Float32Array.from({ length: height * width }, (_, i) => {
    const y = Math.floor((Math.floor(i / width) * fullHeight) / height);
    const x = Math.floor(((i % width) * fullWidth) / width);
    return mask.data[y * fullWidth + x]!;
  });
}

/** The picture with 0 (mid grey) where the mask is set. */
function maskPicture(picture: FloatTensor, mask: FloatTensor): FloatTensor {
  const plane = mask.data.length;
  return floatTensor(picture.shape, picture.data.map((value, i) => (mask.data[i % plane]! < 0.5 ? value : 0))); // prettier-ignore
}

function joinMask(mask: Float32Array, masked: Float32Array, [, channels, height, width]: StartOptions['shape']): FloatTensor {
  const data = new Float32Array(mask.length + channels * height * width);
  data.set(mask);
  data.set(masked.subarray(0, channels * height * width), mask.length);
  return floatTensor([1, channels + 1, height, width], data);
}

function scaleBy(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}
