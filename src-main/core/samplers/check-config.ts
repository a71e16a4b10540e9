import { AppError } from '../../contract/errors.ts';

interface FieldRule {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const number: FieldRule = { expected: 'a finite number', fits: (value) => Number.isFinite(value) };
const boolean: FieldRule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const text: FieldRule = { expected: 'a text', fits: (value) => typeof value === 'string' };

const mostTimesteps = 10_000;

/** Rules for the fields where the type of the default is not enough. */
const rules: Partial<Record<string, FieldRule>> = {
  num_train_timesteps: whole(2, mostTimesteps),
  beta_start: between(0, 1),
  beta_end: between(0, 1),
  beta_schedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2'),
  prediction_type: oneOf('epsilon', 'v_prediction', 'sample'),
  timestep_spacing: oneOf('leading', 'linspace', 'trailing', 'sgm_uniform'),
  final_sigmas_type: oneOf('zero', 'sigma_min'),
  timestep_type: oneOf('discrete', 'continuous'),
  steps_offset: whole(0, mostTimesteps),
  solver_order: whole(1, 3),
  predictor_order: whole(1, 3),
  corrector_order: whole(1, 4),
  original_inference_steps: whole(1, mostTimesteps),
  trained_betas: { expected: 'numbers between 0 and 1', fits: isBetas },
  sigma_min: number,
  sigma_max: number,
  noise_sampler_seed: number,
  variance_type: text,
  disable_corrector: { expected: 'a list of steps', fits: (value) => Array.isArray(value) && value.every(Number.isInteger) },
};

/**
 * Refuses a field of a scheduler_config.json whose value the samplers cannot work with. Throws AppError `schedulerConfig`.
 * `fallback` is the field's default, whose type counts where there is no rule.
 */
export function checkField(name: string, value: unknown, fallback: unknown): void {
  const rule = rules[name] ?? (typeof fallback === 'boolean' ? boolean : typeof fallback === 'number' ? number : text);
  if (rule.fits(value)) return;
  const got = JSON.stringify(value).slice(0, 100);
  const message = `The scheduler configuration has a wrong ${name}: expected ${rule.expected}, found ${got}.`;
  throw new AppError('schedulerConfig', message, { field: name, expected: rule.expected, got });
}

function whole(least: number, most: number): FieldRule {
  return {
    expected: `a whole number from ${least} to ${most}`,
    fits: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

function between(low: number, high: number): FieldRule {
  return {
    expected: `a number between ${low} and ${high}`,
    fits: (value) => typeof value === 'number' && value > low && value < high,
  };
}

function oneOf(...names: readonly string[]): FieldRule {
  return { expected: `one of ${names.join(', ')}`, fits: (value) => typeof value === 'string' && names.includes(value) };
}

function isBetas(value: unknown): boolean {
  const isBeta = (beta: unknown): boolean => typeof beta === 'number' && beta > 0 && beta <= 1;
  return Array.isArray(value) && value.length > 1 && value.length <= mostTimesteps && value.every(isBeta);
}
