import { plainTimesteps, roundHalfEven } from './grid.ts';
import { cleanEstimate, levelOfAlpha, noiseEstimate } from './prediction.ts';
import { preservingLevels, preservingRun } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** Adams-Bashforth weights by number of known outputs, newest first. */
const adamsBashforth: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * Pseudo linear multistep method (Liu et al. 2022) as Stable Diffusion uses it: no Runge-Kutta warm-up, but the first step is done twice
 * and the second time with the mean of two outputs.
 */
export const pndm: SamplerClass = {
  defaults: { timestep_spacing: 'leading', steps_offset: 0, set_alpha_to_one: false },
  levels: 'grid',
  create(config, { steps }) {
    const grid = plainTimesteps(config, steps).map(roundHalfEven);
    const timesteps = steps === 1 ? grid : Float64Array.of(...grid.subarray(0, 2), ...grid.subarray(1));
    const levels = preservingLevels(config);
    const stride = Math.floor(config.num_train_timesteps / steps);
    let outputs: readonly Float32Array[] = [];
    let calls = 0;
    let start: Float32Array | undefined;

    /** Eq. 11 of the paper: moves `x` from one timestep to an earlier one along an output. */
    const transfer = (x: Float32Array, output: Float32Array, { from, to }: { from: number; to: number }): Float32Array => {
      const alpha = levels.alphaAt(from);
      const alphaTo = to >= 0 ? levels.alphaAt(to) : levels.finalAlpha;
      const noise = noiseEstimate({ type: config.prediction_type, output, x }, levelOfAlpha(alpha));
      const scale = alpha * Math.sqrt(1 - alphaTo) + Math.sqrt(alpha * (1 - alpha) * alphaTo);
      return weightedSum([Math.sqrt(alphaTo / alpha), x], [-(alphaTo - alpha) / scale, noise]);
    };

    return preservingRun(timesteps, levels, ({ output, x, index }) => {
      const timestep = timesteps[index]!;
      const x0 = cleanEstimate({ type: config.prediction_type, output, x }, levels.levelAt(timestep));
      if (calls++ === 1 && start) {
        const mean = weightedSum([0.5, output], [0.5, outputs[0]!]);
        return { x: transfer(start, mean, { from: timestep + stride, to: timestep }), x0 };
      }
      start = x;
      outputs = [output, ...outputs].slice(0, 4);
      const terms = adamsBashforth[outputs.length - 1]!.map((weight, k): Term => [weight, outputs[k]!]);
      return { x: transfer(x, weightedSum(...terms), { from: timestep, to: timestep - stride }), x0 };
    });
  },
};
