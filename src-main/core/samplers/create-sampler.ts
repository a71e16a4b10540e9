import { AppError } from '../../contract/errors.ts';
import { fromConfig, type SchedulerJson } from './config.ts';
import type { Sampler, SamplerClass, SamplerOptions } from './sampler.ts';
import { schedulerClasses } from './scheduler-classes.ts';

/** A sampler run in plain data: a diffusers class, the model's scheduler_config.json, and what the recipe changes of it. */
export interface SamplerSpec extends SamplerOptions {
  readonly className: string;
  readonly base: SchedulerJson;
  readonly overrides?: SchedulerJson;
}

/** Starts a run. Throws AppError `samplerUnknown` for a class that is not there, `samplerSteps` for steps it cannot make. */
export function createSampler({ className, base, overrides = {}, ...options }: SamplerSpec): Sampler {
  const samplerClass = (schedulerClasses as Readonly<Record<string, SamplerClass>>)[className];
  if (!samplerClass) {
    const expected = Object.keys(schedulerClasses);
    const message = `The sampler class is not known: expected one of ${expected.join(', ')}, got ${className}.`;
    throw new AppError('samplerUnknown', message, { expected, got: className });
  }
  const config = fromConfig(samplerClass.defaults, base, overrides);
  // One less than the training steps: the grids of the multistep solvers have one point more than steps.
  const most = config.num_train_timesteps - 1;
  if (!Number.isInteger(options.steps) || options.steps < 1 || options.steps > most) {
    const message = `The number of steps must be a whole number from 1 to ${most}, found ${options.steps}.`;
    throw new AppError('samplerSteps', message, { expected: most, got: options.steps });
  }
  return samplerClass.create(config, options);
}
