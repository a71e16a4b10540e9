import { consistencyTimesteps } from './consistency-grid.ts';
import { cleanEstimate, levelOfAlpha } from './prediction.ts';
import { addNoisePreserving, preservingLevels, preservingRun } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { clamp, weightedSum } from './vector.ts';

const dataDeviation = 0.5;

/** Multistep consistency sampling for latent consistency models (Luo et al. 2023, algorithm 3). */
export const lcm: SamplerClass = {
  defaults: {
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    original_inference_steps: 50,
    clip_sample: false,
    clip_sample_range: 1,
    set_alpha_to_one: true,
    timestep_scaling: 10,
    rescale_betas_zero_snr: false,
  },
  levels: 'grid',
  create(config, { steps }) {
    const timesteps = consistencyTimesteps(config, steps);
    const levels = preservingLevels(config);
    return preservingRun(timesteps, levels, ({ output, x, index, noise }) => {
      const timestep = timesteps[index]!;
      const estimate = cleanEstimate({ type: config.prediction_type, output, x }, levels.levelAt(timestep));
      const clipped = config.clip_sample ? clamp(estimate, config.clip_sample_range) : estimate;
      const scaled = timestep * config.timestep_scaling;
      const total = scaled ** 2 + dataDeviation ** 2;
      const x0 = weightedSum([scaled / Math.sqrt(total), clipped], [dataDeviation ** 2 / total, x]);
      const next = timesteps[index + 1];
      if (next === undefined) return { x: x0, x0 };
      return { x: addNoisePreserving(x0, noise.normal(x.length), levelOfAlpha(levels.alphaAt(next))), x0 };
    });
  },
};
