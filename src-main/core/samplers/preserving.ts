import { cumulativeAlphas } from './betas.ts';
import type { SchedulerConfig } from './config.ts';
import { levelOfAlpha, type NoiseLevel } from './prediction.ts';
import type { Sampler } from './sampler.ts';
import { weightedSum } from './vector.ts';

/** Levels of the training steps in the variance-preserving form, looked up by whole timesteps. */
export interface PreservingLevels {
  /** Cumulative alpha of a training timestep. */
  alphaAt(timestep: number): number;
  levelAt(timestep: number): NoiseLevel;
  /** The alpha that stands for "before timestep 0": 1 or that of step 0, as configured. */
  readonly finalAlpha: number;
}

export function preservingLevels(config: SchedulerConfig): PreservingLevels {
  const alphas = cumulativeAlphas(config);
  const alphaAt = (timestep: number): number => {
    const alpha = alphas[timestep];
    if (alpha === undefined) throw new RangeError(`timestep: expected a whole number from 0 to ${alphas.length - 1}, got ${timestep}`);
    return alpha;
  };
  return { alphaAt, levelAt: (timestep) => levelOfAlpha(alphaAt(timestep)), finalAlpha: config.set_alpha_to_one ? 1 : alphas[0]! };
}

export function addNoisePreserving(clean: Float32Array, noise: Float32Array, { alpha, sigma }: NoiseLevel): Float32Array {
  return weightedSum([alpha, clean], [sigma, noise]);
}

/** A run on training timesteps: one model call a step, on the sample as it is, and the noise of a timestep's own level. */
export function preservingRun(timesteps: Float64Array, levels: PreservingLevels, step: Sampler['step']): Sampler {
  return {
    timesteps,
    sigmas: undefined,
    initNoiseSigma: 1,
    order: 1,
    modelInput: (x) => x,
    addNoise: (clean, noise, index) => addNoisePreserving(clean, noise, levels.levelAt(timesteps[index]!)),
    step,
  };
}
