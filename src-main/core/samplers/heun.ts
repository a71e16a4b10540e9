import { addNoiseExploding, explodingSchedule, scaleExploding, twice } from './exploding.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { clamp, weightedSum } from './vector.ts';

interface FirstStage {
  readonly x: Float32Array;
  readonly slope: Float32Array;
}

/** Heun's method (Karras et al. 2022, algorithm 1): even calls take an Euler step, odd calls repeat it with the mean of both slopes. */
export const heun: SamplerClass = {
  defaults: {
    beta_start: 0.00085,
    beta_end: 0.012,
    timestep_spacing: 'linspace',
    steps_offset: 0,
    use_karras_sigmas: false,
    use_exponential_sigmas: false,
    use_beta_sigmas: false,
    clip_sample: false,
    clip_sample_range: 1,
  },
  levels: 'free',
  create(config, options) {
    const schedule = explodingSchedule(config, options);
    const sigmas = Float32Array.of(...twice(Float64Array.from(schedule.sigmas.subarray(0, -1))), schedule.sigmas.at(-1)!);
    let first: FirstStage | undefined;
    return {
      timesteps: twice(schedule.timesteps.map(Math.fround)),
      sigmas,
      initNoiseSigma: schedule.initNoiseSigma,
      order: 2,
      modelInput: (x, index) => scaleExploding(x, sigmas[index]!),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, sigmas[index]!),
      step({ output, x, index }) {
        const sigma = sigmas[index]!;
        const estimate = cleanEstimateExploding({ type: config.prediction_type, output, x }, sigma);
        const x0 = config.clip_sample ? clamp(estimate, config.clip_sample_range) : estimate;
        const slope = weightedSum([1 / sigma, x], [-1 / sigma, x0]);
        if (!first) {
          first = { x, slope };
          return { x: weightedSum([1, x], [sigmas[index + 1]! - sigma, slope]), x0 };
        }
        const half = (sigma - sigmas[index - 1]!) / 2;
        const corrected = weightedSum([1, first.x], [half, first.slope], [half, slope]);
        first = undefined;
        return { x: corrected, x0 };
      },
    };
  },
};
