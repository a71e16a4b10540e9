import type { SchedulerConfig } from './config.ts';

/** `count` equally spaced numbers from `start` to `end`, both included, as numpy computes them; one number is `start`. */
export function linspace(start: number, end: number, count: number): Float64Array {
  const step = (end - start) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? end : i === 0 ? start : i * step + start));
}

/** Nearest integer, halves to the even one (numpy). */
export function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * Training timesteps of `steps` model calls, descending: the grid of DDIM, Euler and their kin. Linspace is not rounded here;
 * samplers that look up training steps round it themselves.
 */
export function plainTimesteps(config: SchedulerConfig, steps: number): Float64Array {
  const { num_train_timesteps: total, timestep_spacing, steps_offset } = config;
  switch (timestep_spacing) {
    case 'linspace':
      return linspace(0, total - 1, steps).reverse();
    case 'leading':
      return leading(Math.floor(total / steps), steps, { offset: steps_offset, last: total - 1 });
    case 'trailing':
      return trailing(total, steps);
    case 'sgm_uniform':
      return linspace(0, total - 1, steps + 1)
        .reverse()
        .slice(0, -1);
    default:
      throw unknownSpacing(timestep_spacing);
  }
}

/** The grid of the multistep solvers (DPM++, UniPC, DEIS, SA): whole timesteps, one point more whose last is dropped. */
export function multistepTimesteps(config: SchedulerConfig, steps: number): Float64Array {
  const { num_train_timesteps: total, timestep_spacing, steps_offset } = config;
  switch (timestep_spacing) {
    case 'linspace':
    case 'sgm_uniform':
      return linspace(0, total - 1, steps + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading':
      return leading(Math.floor(total / (steps + 1)), steps + 1, { offset: steps_offset, last: total - 1 }).slice(0, -1);
    case 'trailing':
      return trailing(total, steps);
    default:
      throw unknownSpacing(timestep_spacing);
  }
}

/** `last` is the largest training step: an offset cannot lead beyond it. */
function leading(ratio: number, count: number, { offset, last }: { offset: number; last: number }): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.min((count - 1 - i) * ratio + offset, last));
}

function trailing(total: number, steps: number): Float64Array {
  const ratio = total / steps;
  return Float64Array.from({ length: Math.ceil(total / ratio) }, (_, i) => roundHalfEven(total - i * ratio) - 1);
}

function unknownSpacing(spacing: never): RangeError {
  return new RangeError(`timestep_spacing: expected leading, linspace, trailing or sgm_uniform, got ${String(spacing)}`);
}
