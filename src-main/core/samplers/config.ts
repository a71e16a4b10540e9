import { checkField } from './check-config.ts';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';
export type TimestepSpacing = 'leading' | 'linspace' | 'trailing' | 'sgm_uniform';

/**
 * The fields of a diffusers scheduler_config.json that the samplers know, under their names there. `sgm_uniform` is our addition to the
 * spacings: a linspace of one point more whose last is dropped.
 */
export interface SchedulerConfig {
  readonly num_train_timesteps: number;
  readonly beta_start: number;
  readonly beta_end: number;
  readonly beta_schedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
  readonly trained_betas: readonly number[] | null;
  readonly prediction_type: PredictionType;
  readonly timestep_spacing: TimestepSpacing;
  readonly steps_offset: number;
  readonly rescale_betas_zero_snr: boolean;
  readonly use_karras_sigmas: boolean;
  readonly use_exponential_sigmas: boolean;
  readonly use_beta_sigmas: boolean;
  readonly use_lu_lambdas: boolean;
  readonly sigma_min: number | null;
  readonly sigma_max: number | null;
  readonly final_sigmas_type: 'zero' | 'sigma_min';
  readonly timestep_type: 'discrete' | 'continuous';
  readonly set_alpha_to_one: boolean;
  readonly clip_sample: boolean;
  readonly clip_sample_range: number;
  readonly variance_type: string | null;
  readonly solver_order: number;
  readonly solver_type: string;
  readonly algorithm_type: string;
  readonly lower_order_final: boolean;
  readonly euler_at_final: boolean;
  readonly predict_x0: boolean;
  readonly disable_corrector: readonly number[];
  readonly predictor_order: number;
  readonly corrector_order: number;
  readonly noise_sampler_seed: number | null;
  readonly original_inference_steps: number;
  readonly timestep_scaling: number;
}

/** A scheduler_config.json as read: fields of other classes and unknown ones are ignored. */
export type SchedulerJson = Readonly<Record<string, unknown>>;

/** Fields every class takes, with the values that diffusers assumes where a JSON is silent. */
const commonDefaults = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: 'linear',
  trained_betas: null,
  prediction_type: 'epsilon',
} as const satisfies Partial<SchedulerConfig>;

/** What a class that lacks a field behaves like. */
const absentDefaults: SchedulerConfig = {
  ...commonDefaults,
  timestep_spacing: 'linspace',
  steps_offset: 0,
  rescale_betas_zero_snr: false,
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  use_lu_lambdas: false,
  sigma_min: null,
  sigma_max: null,
  final_sigmas_type: 'zero',
  timestep_type: 'discrete',
  set_alpha_to_one: false,
  clip_sample: false,
  clip_sample_range: 1,
  variance_type: null,
  solver_order: 2,
  solver_type: 'midpoint',
  algorithm_type: 'dpmsolver++',
  lower_order_final: true,
  euler_at_final: false,
  predict_x0: true,
  disable_corrector: [],
  predictor_order: 2,
  corrector_order: 2,
  noise_sampler_seed: null,
  original_inference_steps: 50,
  timestep_scaling: 10,
};

/**
 * The configuration of a class built from another scheduler's JSON, as `from_config` of diffusers: a field counts only where the class
 * takes it, and what the JSON does not say comes from the class and not from the JSON's own class. So the SD1.5 JSON, which names no
 * spacing, gives Euler linspace, and SDXL's gives it leading.
 * A null is taken as absent. Throws AppError `schedulerConfig` for values that cannot be. `classDefaults` are the fields of the class besides the common ones.
 */
export function fromConfig(classDefaults: Partial<SchedulerConfig>, base: SchedulerJson, overrides: SchedulerJson = {}): SchedulerConfig {
  const own = { ...commonDefaults, ...classDefaults };
  const given = { ...base, ...overrides };
  const names = (Object.keys(own) as (keyof typeof own)[]).filter((name) => given[name] !== undefined && given[name] !== null);
  for (const name of names) checkField(name, given[name], own[name]);
  return { ...absentDefaults, ...own, ...Object.fromEntries(names.map((name) => [name, given[name]])) };
}
