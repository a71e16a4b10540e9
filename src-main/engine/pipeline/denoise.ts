import { floatTensor } from '../../../kernels/tensor.ts';
import type { Sampler } from '../../core/samplers/sampler.ts';
import type { StepNoise } from '../../core/samplers/step-noise.ts';
import type { Predictor } from './predict.ts';

export interface DenoisePlan {
  readonly sampler: Sampler;
  /** First call of the model: 0 for text to image, later for image to image. */
  readonly start: number;
  /** Noisy latents of all pictures, [N, C, h, w]. */
  readonly latents: Float32Array;
  /** Shape of one picture's latents, [1, C, h, w]. */
  readonly shape: readonly number[];
  readonly predict: Predictor;
  readonly noise: StepNoise;
  /** Puts known pixels back after a step (inpainting with an ordinary model). */
  readonly restore?: (latents: Float32Array, index: number) => Float32Array;
}

export interface DenoiseStep {
  /** Index of the model call that was made. */
  readonly index: number;
  readonly latents: Float32Array;
  /** The denoised estimate, for previews. */
  readonly estimate: Float32Array;
}

/** The denoising loop: yields after each call of the model, so that progress, preview and cancel cost nothing. */
export async function* denoise(plan: DenoisePlan): AsyncGenerator<DenoiseStep, Float32Array> {
  const { sampler } = plan;
  let latents = plan.latents;
  for (let index = plan.start; index < sampler.timesteps.length; index++) {
    const output = await predictEach(plan, sampler.modelInput(latents, index), index);
    const step = sampler.step({ output, x: latents, index, noise: plan.noise });
    latents = plan.restore ? plan.restore(step.x, index) : step.x;
    yield { index, latents, estimate: step.x0 };
  }
  return latents;
}

/** One picture after the other: the model's batch is its two sides, whatever the number of pictures. */
async function predictEach(plan: DenoisePlan, input: Float32Array, index: number): Promise<Float32Array> {
  const size = plan.shape.reduce((product, side) => product * side, 1);
  const timestep = plan.sampler.timesteps[index]!;
  if (input.length === size) return plan.predict(floatTensor(plan.shape, input), timestep, index);
  const outputs = new Float32Array(input.length);
  for (let at = 0; at < input.length; at += size) {
    outputs.set(await plan.predict(floatTensor(plan.shape, input.slice(at, at + size)), timestep, index), at);
  }
  return outputs;
}
