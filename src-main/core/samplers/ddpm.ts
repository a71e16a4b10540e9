import { plainTimesteps, roundHalfEven } from './grid.ts';
import { cleanEstimate } from './prediction.ts';
import { preservingLevels, preservingRun } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { clamp, weightedSum } from './vector.ts';

const smallestVariance = 1e-20;

/** Ancestral sampling of denoising diffusion models (Ho et al. 2020, eq. 7) on a coarser grid. */
export const ddpm: SamplerClass = {
  defaults: {
    timestep_spacing: 'leading',
    steps_offset: 0,
    clip_sample: true,
    clip_sample_range: 1,
    variance_type: 'fixed_small',
    rescale_betas_zero_snr: false,
  },
  levels: 'grid',
  create(config, { steps }) {
    const timesteps = plainTimesteps(config, steps).map(roundHalfEven);
    const levels = preservingLevels(config);
    return preservingRun(timesteps, levels, ({ output, x, index, noise }) => {
      const timestep = timesteps[index]!;
      const previous = timesteps[index + 1];
      const alpha = levels.alphaAt(timestep);
      const alphaPrevious = previous === undefined ? 1 : levels.alphaAt(previous);
      const beta = 1 - alpha / alphaPrevious;
      const estimate = cleanEstimate({ type: config.prediction_type, output, x }, levels.levelAt(timestep));
      const x0 = config.clip_sample ? clamp(estimate, config.clip_sample_range) : estimate;
      const mean = weightedSum(
        [(Math.sqrt(alphaPrevious) * beta) / (1 - alpha), x0],
        [(Math.sqrt(1 - beta) * (1 - alphaPrevious)) / (1 - alpha), x],
      );
      if (timestep === 0) return { x: mean, x0 };
      const small = Math.max(((1 - alphaPrevious) / (1 - alpha)) * beta, smallestVariance);
      const variance = config.variance_type === 'fixed_large' ? beta : small;
      return { x: weightedSum([1, mean], [Math.sqrt(variance), noise.normal(x.length)]), x0 };
    });
  },
};
