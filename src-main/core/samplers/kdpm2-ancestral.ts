import { addNoiseExploding, ancestralLevels, explodingSchedule, scaleExploding } from './exploding.ts';
import { roundHalfEven } from './grid.ts';
import { interleave, kdpm2, repeatedLevels } from './kdpm2.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { timestepOf } from './sigmas.ts';
import { weightedSum } from './vector.ts';

/** DPM-Solver-2 steps to an ancestral level, with noise added back after the second call. */
export const kdpm2Ancestral: SamplerClass = {
  defaults: kdpm2.defaults,
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas: levels, table, initNoiseSigma } = explodingSchedule(config, options);
    const ancestral = Array.from(levels.subarray(1), (next, i) => ancestralLevels(levels[i]!, next));
    const middles = Float32Array.from(ancestral, ({ down }, i) => Math.sqrt(levels[i]! * down));
    const told = config.use_karras_sigmas ? timesteps.map(roundHalfEven) : timesteps;
    let start: Float32Array | undefined;
    return {
      timesteps: interleave(
        told,
        Float64Array.from(middles, (sigma) => timestepOf(table, sigma)),
      ),
      sigmas: repeatedLevels(levels),
      initNoiseSigma,
      order: 2,
      modelInput: (x, index) => scaleExploding(x, (index % 2 === 0 ? levels : middles)[index >> 1]!),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, levels[index >> 1]!),
      step({ output, x, index, noise }) {
        const [sigma, middle, { down, up }] = [levels[index >> 1]!, middles[index >> 1]!, ancestral[index >> 1]!];
        if (!start) {
          const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, sigma);
          start = x;
          return { x: weightedSum([middle / sigma, x], [1 - middle / sigma, x0]), x0 };
        }
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, middle);
        const length = (down - sigma) / middle;
        const next = weightedSum([1, start], [length, x], [-length, x0], [up, noise.normal(x.length)]);
        start = undefined;
        return { x: next, x0 };
      },
    };
  },
};
