import { addNoiseExploding, explodingSchedule, scaleExploding } from './exploding.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum } from './vector.ts';

/** Euler's method on the probability-flow ODE (Karras et al. 2022, algorithm 2 without churn). */
export const euler: SamplerClass = {
  defaults: {
    timestep_spacing: 'linspace',
    steps_offset: 0,
    use_karras_sigmas: false,
    use_exponential_sigmas: false,
    use_beta_sigmas: false,
    sigma_min: null,
    sigma_max: null,
    timestep_type: 'discrete',
    rescale_betas_zero_snr: false,
    final_sigmas_type: 'zero',
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, initNoiseSigma } = explodingSchedule(config, options);
    const isContinuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction';
    return {
      timesteps: timesteps.map((timestep, i) => Math.fround(isContinuous ? 0.25 * Math.fround(Math.log(sigmas[i]!)) : timestep)),
      sigmas,
      initNoiseSigma,
      order: 1,
      modelInput: (x, index) => scaleExploding(x, sigmas[index]!),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, sigmas[index]!),
      step({ output, x, index }) {
        const [sigma, next] = [sigmas[index]!, sigmas[index + 1]!];
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, sigma);
        return { x: weightedSum([next / sigma, x], [1 - next / sigma, x0]), x0 };
      },
    };
  },
};
