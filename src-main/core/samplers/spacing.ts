import type { SchedulerConfig } from './config.ts';
import { betaSigmas, exponentialSigmas, karrasSigmas, luSigmas, type SigmaRange, type SigmaSpacing } from './sigmas.ts';

/** The rule that a configuration asks for; undefined keeps the levels of the timestep grid. */
export function spacingOf(config: SchedulerConfig): SigmaSpacing | undefined {
  if (config.use_karras_sigmas) return karrasSigmas;
  if (config.use_exponential_sigmas) return exponentialSigmas;
  if (config.use_beta_sigmas) return betaSigmas;
  if (config.use_lu_lambdas) return luSigmas;
  return undefined;
}

/** The range to space, with the limits that the configuration sets itself. */
export function rangeOf(config: SchedulerConfig, range: SigmaRange): SigmaRange {
  return { min: config.sigma_min ?? range.min, max: config.sigma_max ?? range.max };
}
