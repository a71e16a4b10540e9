import { plainTimesteps, roundHalfEven } from './grid.ts';
import { cleanEstimate, noiseEstimate } from './prediction.ts';
import { preservingLevels, preservingRun } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { clamp, weightedSum } from './vector.ts';

/** Denoising diffusion implicit models (Song et al. 2021, eq. 12); `eta` mixes in noise. */
export const ddim: SamplerClass = {
  defaults: {
    timestep_spacing: 'leading',
    steps_offset: 0,
    clip_sample: true,
    clip_sample_range: 1,
    set_alpha_to_one: true,
    rescale_betas_zero_snr: false,
  },
  levels: 'grid',
  create(config, { steps, eta = 0 }) {
    const timesteps = plainTimesteps(config, steps).map(roundHalfEven);
    const levels = preservingLevels(config);
    // The stride is whole whatever the spacing; on a trailing grid it does not quite meet the next timestep (as in diffusers).
    const stride = Math.floor(config.num_train_timesteps / steps);
    return preservingRun(timesteps, levels, ({ output, x, index, noise }) => {
      const timestep = timesteps[index]!;
      const previous = timestep - stride;
      const alpha = levels.alphaAt(timestep);
      const alphaPrevious = previous >= 0 ? levels.alphaAt(previous) : levels.finalAlpha;
      const prediction = { type: config.prediction_type, output, x };
      const estimate = cleanEstimate(prediction, levels.levelAt(timestep));
      const x0 = config.clip_sample ? clamp(estimate, config.clip_sample_range) : estimate;
      const direction = noiseEstimate(prediction, levels.levelAt(timestep));
      const variance = eta * eta * ((1 - alphaPrevious) / (1 - alpha)) * (1 - alpha / alphaPrevious);
      const next = weightedSum([Math.sqrt(alphaPrevious), x0], [Math.sqrt(1 - alphaPrevious - variance), direction]);
      if (eta === 0) return { x: next, x0 };
      return { x: weightedSum([1, next], [Math.sqrt(variance), noise.normal(x.length)]), x0 };
    });
  },
};
