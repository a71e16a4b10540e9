import { consistencyTimesteps } from './consistency-grid.ts';
import { lcm } from './lcm.ts';
import { cleanEstimate, noiseEstimate } from './prediction.ts';
import { addNoisePreserving, preservingLevels, preservingRun } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum } from './vector.ts';

/** Strategic stochastic sampling of trajectory consistency models (Zheng et al. 2024, algorithm 4); `eta` is the paper's gamma. */
export const tcd: SamplerClass = {
  defaults: lcm.defaults,
  levels: 'grid',
  create(config, { steps, eta = 0.3 }) {
    const timesteps = consistencyTimesteps(config, steps);
    const levels = preservingLevels(config);
    return preservingRun(timesteps, levels, ({ output, x, index, noise }) => {
      const next = timesteps[index + 1];
      const prediction = { type: config.prediction_type, output, x };
      const level = levels.levelAt(timesteps[index]!);
      const x0 = cleanEstimate(prediction, level);
      // In f32 as torch computes it: 0.7 of a timestep can fall on either side of a whole number.
      const target = Math.floor(Math.fround(Math.fround(1 - eta) * (next ?? 0)));
      const moved = addNoisePreserving(x0, noiseEstimate(prediction, level), levels.levelAt(target));
      if (eta === 0 || next === undefined) return { x: moved, x0 };
      const ratio = levels.alphaAt(next) / levels.alphaAt(target);
      return { x: weightedSum([Math.sqrt(ratio), moved], [Math.sqrt(1 - ratio), noise.normal(x.length)]), x0 };
    });
  },
};
