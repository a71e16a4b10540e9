import { addNoiseExploding, ancestralLevels, explodingSchedule, scaleExploding, twice } from './exploding.ts';
import { interleave, kdpm2 } from './kdpm2.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { timestepOf } from './sigmas.ts';
import { weightedSum } from './vector.ts';

const round = Math.fround;

/** DPM-Solver++ (SDE) of second order with the middle at half the log (k-diffusion, sample_dpmpp_sde); its noise is a Brownian path's. */
export const dpmSde: SamplerClass = {
  defaults: { ...kdpm2.defaults, noise_sampler_seed: null },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas: levels, exactSigmas, table, initNoiseSigma } = explodingSchedule(config, options, 'double');
    const exactMiddles = exactSigmas.slice(1).map((next, i) => Math.sqrt(next * exactSigmas[i]!));
    const lowest = levels.reduce((least, sigma) => (sigma > 0 ? Math.min(least, sigma) : least), Infinity);
    const range = { lowest, highest: levels.reduce((most, sigma) => Math.max(most, sigma)) };
    let start: Float32Array | undefined;
    return {
      timesteps: interleave(
        timesteps,
        exactMiddles.map((sigma) => timestepOf(table, sigma)),
      ),
      sigmas: Float32Array.of(...twice(Float64Array.from(levels.subarray(0, -1))), levels.at(-1)!),
      initNoiseSigma,
      order: 2,
      modelInput: (x, index) =>
        scaleExploding(x, index % 2 === 0 ? levels[index >> 1]! : stageLevels(levels[index >> 1]!, levels[(index >> 1) + 1]!).middle),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, levels[index >> 1]!),
      step({ output, x, index, noise }) {
        const [sigma, next] = [levels[index >> 1]!, levels[(index >> 1) + 1]!];
        const { from, middle, to } = stageLevels(sigma, next);
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, start ? middle : sigma);
        if (next === 0) return { x: x0, x0 };
        const target = start ? to : middle;
        const { down, up } = ancestralLevels(from, target);
        const increment = noise.brownian({ from, to: target, ...range }, x.length);
        const moved = weightedSum([down / from, start ?? x], [1 - down / from, x0], [up, increment]);
        start = start ? undefined : x;
        return { x: moved, x0 };
      },
    };
  },
};

/**
 * Levels of the two stages as they come back from t = -ln sigma in f32. The Brownian tree is asked at these, and an edge that is off in
 * the last place takes another branch, so the roundings are those of diffusers.
 */
function stageLevels(sigma: number, next: number): { readonly from: number; readonly middle: number; readonly to: number } {
  const [t, tNext] = [round(-Math.log(sigma)), round(-Math.log(next))];
  const tMiddle = round(t + round(round(tNext - t) * 0.5));
  const back = (time: number): number => round(Math.exp(-time));
  return { from: back(t), middle: back(tMiddle), to: back(tNext) };
}
