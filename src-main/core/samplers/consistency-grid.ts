import { AppError } from '../../contract/errors.ts';
import type { SchedulerConfig } from './config.ts';
import { linspace } from './grid.ts';

/**
 * Timesteps of the samplers for consistency-distilled models (LCM, TCD): evenly picked from the grid the model was distilled on.
 * Throws AppError `samplerSteps` for more steps than that grid has.
 */
export function consistencyTimesteps(config: SchedulerConfig, steps: number): Float64Array {
  const { num_train_timesteps: total, original_inference_steps: distilled } = config;
  if (steps > distilled) {
    const message = `This sampler takes at most ${distilled} steps, ${steps} were asked for. Lower the number of steps.`;
    throw new AppError('samplerSteps', message, { expected: distilled, got: steps });
  }
  const stride = Math.floor(total / distilled);
  const picks = linspace(0, distilled, steps + 1).slice(0, -1);
  return picks.map((pick) => (distilled - Math.floor(pick)) * stride - 1);
}
