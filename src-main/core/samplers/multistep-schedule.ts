import { cumulativeAlphas, trainingSigmas } from './betas.ts';
import type { SchedulerConfig } from './config.ts';
import { multistepTimesteps, roundHalfEven } from './grid.ts';
import { levelOfSigma, logSnr, type NoiseLevel } from './prediction.ts';
import type { SamplerOptions } from './sampler.ts';
import { sigmaAt, sigmaTable, timestepOf } from './sigmas.ts';
import { rangeOf, spacingOf } from './spacing.ts';

/** A noise level with the half log of its signal-to-noise ratio, the time of the exponential integrators. */
export interface SolverLevel extends NoiseLevel {
  readonly logSnr: number;
  /** sigma / alpha: the variance-exploding noise level. */
  readonly rho: number;
}

/** Tables of the solvers that step in half-log-SNR: DPM-Solver, UniPC, DEIS, SA-Solver. */
export interface MultistepSchedule {
  readonly timesteps: Float64Array;
  /** One more than timesteps. */
  readonly sigmas: Float32Array;
  readonly levels: readonly SolverLevel[];
}

/**
 * The schedule of a solver. A spacing divides the whole training range. `final` is the level after the last step: as configured, or for
 * the classes without that field, the least training level on a grid and the last level again with a spacing.
 */
export function multistepSchedule(
  config: SchedulerConfig,
  { steps, spacing: chosen }: SamplerOptions,
  final: 'configured' | 'repeated',
): MultistepSchedule {
  const spacing = chosen ?? spacingOf(config);
  const table = sigmaTable(trainingSigmas(cumulativeAlphas(config, 'floored')));
  const [min, max] = [table.sigmas[0]!, table.sigmas.at(-1)!];
  const grid = multistepTimesteps(config, steps);
  const exact = spacing ? spacing(rangeOf(config, { min, max }), steps) : grid.map((timestep) => sigmaAt(table, timestep));
  const timesteps = spacing ? exact.map((sigma) => timestepOf(table, sigma)).map(chosen ? roundHalfEven : wholeTimestep(config)) : grid;
  const repeated = spacing ? exact.at(-1)! : min;
  const last = final === 'repeated' ? repeated : config.final_sigmas_type === 'sigma_min' ? min : 0;
  const sigmas = Float32Array.of(...exact, last);
  return { timesteps, sigmas, levels: Array.from(sigmas, solverLevel) };
}

function solverLevel(rho: number): SolverLevel {
  const level = levelOfSigma(rho);
  return { ...level, rho, logSnr: logSnr(level) };
}

/** Karras and Lu timesteps are rounded, the others cut: diffusers casts what it does not round. */
function wholeTimestep(config: SchedulerConfig): (timestep: number) => number {
  const isRounded = (config.use_karras_sigmas || config.use_lu_lambdas) && config.beta_schedule !== 'squaredcos_cap_v2';
  return isRounded ? roundHalfEven : Math.trunc;
}

/** Fields of the solver classes with a choice of spacing. */
export const multistepDefaults = {
  timestep_spacing: 'linspace',
  steps_offset: 0,
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  lower_order_final: true,
} as const satisfies Partial<SchedulerConfig>;

/** Short runs lower the order of their last steps where the configuration says so. */
export const shortRun = 15;
