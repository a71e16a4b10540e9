import { addNoiseExploding, ancestralLevels, explodingSchedule, scaleExploding } from './exploding.ts';
import { cleanEstimateExploding } from './prediction.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum } from './vector.ts';

/** Euler steps that go below the next level and add noise back (k-diffusion, sample_euler_ancestral). */
export const eulerAncestral: SamplerClass = {
  defaults: { timestep_spacing: 'linspace', steps_offset: 0, rescale_betas_zero_snr: false },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, initNoiseSigma } = explodingSchedule(config, options);
    return {
      timesteps: timesteps.map(Math.fround),
      sigmas,
      initNoiseSigma,
      order: 1,
      modelInput: (x, index) => scaleExploding(x, sigmas[index]!),
      addNoise: (clean, noise, index) => addNoiseExploding(clean, noise, sigmas[index]!),
      step({ output, x, index, noise }) {
        const sigma = sigmas[index]!;
        const { down, up } = ancestralLevels(sigma, sigmas[index + 1]!);
        const x0 = cleanEstimateExploding({ type: config.prediction_type, output, x }, sigma);
        // The last step draws too, times zero: the stream stays where diffusers leaves it.
        return { x: weightedSum([down / sigma, x], [1 - down / sigma, x0], [up, noise.normal(x.length)]), x0 };
      },
    };
  },
};
