import type { JsonObject, ModelFamily, Prediction } from './types.ts';

const common = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  clip_sample: false,
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  trained_betas: null,
} as const;

/** The scheduler_config.json that the family's published folder carries; which keys it has decides spacing defaults later. */
export function schedulerConfig(family: ModelFamily, prediction: Prediction, zeroTerminalSnr: boolean): JsonObject {
  const config = familyConfig(family, prediction);
  return zeroTerminalSnr ? { ...config, rescale_betas_zero_snr: true, timestep_spacing: 'trailing' } : config;
}

function familyConfig(family: ModelFamily, prediction: Prediction): JsonObject {
  switch (family) {
    case 'sd1':
      return { _class_name: 'PNDMScheduler', ...common, ...(prediction === 'epsilon' ? {} : { prediction_type: prediction }) };
    case 'sd2':
      return { _class_name: 'DDIMScheduler', ...common, prediction_type: prediction };
    case 'sdxl':
    case 'sdxl-refiner':
      return {
        _class_name: 'EulerDiscreteScheduler',
        ...common,
        interpolation_type: 'linear',
        prediction_type: prediction,
        sample_max_value: 1.0,
        timestep_spacing: 'leading',
        use_karras_sigmas: false,
      };
  }
}
