import { addNoiseExploding, explodingSchedule, scaleExploding } from './exploding.ts';
import { integrate, lagrangeBasis } from './polynomial.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum } from './vector.ts';

const mostSlopes = 4;

/** Linear multistep method of order 4 (k-diffusion, sample_lms), with the coefficients integrated exactly. */
export const lms: SamplerClass = {
  defaults: {
    timestep_spacing: 'linspace',
    steps_offset: 0,
    use_karras_sigmas: false,
    use_exponential_sigmas: false,
    use_beta_sigmas: false,
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, initNoiseSigma } = explodingSchedule(config, options);
    let slopes: readonly Float32Array[] = [];
    return {
      timesteps: timesteps.map(Math.fround),
      sigmas,
      initNoiseSigma,
      order: 1,
      modelInput: (x, index) => scaleExploding(x, sigmas[index]!),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, sigmas[index]!),
      step({ output, x, index }) {
        const sigma = sigmas[index]!;
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, sigma);
        slopes = [weightedSum([1 / sigma, x], [-1 / sigma, x0]), ...slopes].slice(0, mostSlopes);
        // The order counts the schedule and not the run: a run from the middle lacks slopes, and diffusers drops their terms.
        const order = Math.min(index + 1, mostSlopes);
        const nodes = Array.from({ length: order }, (_, k) => sigmas[index - k]!);
        const terms = slopes.map((slope, k) => [integrate(lagrangeBasis(nodes, k), sigma, sigmas[index + 1]!), slope] as const);
        return { x: weightedSum([1, x], ...terms), x0 };
      },
    };
  },
};
