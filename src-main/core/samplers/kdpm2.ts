import { addNoiseExploding, explodingSchedule, scaleExploding, twice } from './exploding.ts';
import { roundHalfEven } from './grid.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { timestepOf } from './sigmas.ts';
import { weightedSum } from './vector.ts';

/** DPM-Solver-2 in k-diffusion's form: a half step to the geometric mean of two levels, then a full one with the slope found there. */
export const kdpm2: SamplerClass = {
  defaults: {
    beta_start: 0.00085,
    beta_end: 0.012,
    timestep_spacing: 'linspace',
    steps_offset: 0,
    use_karras_sigmas: false,
    use_exponential_sigmas: false,
    use_beta_sigmas: false,
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas: levels, table, initNoiseSigma } = explodingSchedule(config, options);
    const middles = levels.subarray(1).map((next, i) => Math.sqrt(next * levels[i]!));
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
      step({ output, x, index }) {
        const [sigma, middle] = [levels[index >> 1]!, middles[index >> 1]!];
        const at = start ? middle : sigma;
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, at);
        const length = (start ? levels[(index >> 1) + 1]! : middle) - sigma;
        const next = weightedSum([1, start ?? x], [length / at, x], [-length / at, x0]);
        start = start ? undefined : x;
        return { x: next, x0 };
      },
    };
  },
};

/** The timesteps of a second-order sampler whose second call is at a middle: t0, m0, t1, m1 … and the last timestep alone. */
export function interleave(timesteps: Float64Array, middles: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * timesteps.length - 1 }, (_, i) => (i % 2 === 0 ? timesteps : middles)[i >> 1]!);
}

/** diffusers' layout of the levels of the KDPM2 samplers: the first once, the others twice, the final one once more. */
export function repeatedLevels(levels: Float32Array): Float32Array {
  return Float32Array.of(...twice(Float64Array.from(levels)), levels.at(-1)!);
}
