import { cumulativeAlphas, trainingSigmas } from './betas.ts';
import type { SchedulerConfig } from './config.ts';
import { plainTimesteps } from './grid.ts';
import type { SamplerOptions } from './sampler.ts';
import { sigmaAt, sigmaTable, timestepOf, type SigmaTable } from './sigmas.ts';
import { rangeOf, spacingOf } from './spacing.ts';
import { weightedSum } from './vector.ts';

/** Tables of the samplers that work in the variance-exploding form, x = x0 + sigma * noise (k-diffusion's). */
export interface ExplodingSchedule {
  /** In f64; samplers whose tables are f32 round them. */
  readonly timesteps: Float64Array;
  /** One more than timesteps: the last is the final sigma, 0 unless configured. */
  readonly sigmas: Float32Array;
  /** Before the rounding to f32, without the final one. */
  readonly exactSigmas: Float64Array;
  readonly table: SigmaTable;
  readonly initNoiseSigma: number;
}

/** `precision` is that of the timestep grid: DPM++ SDE keeps f64, the others f32. A spacing divides the range of the grid's own levels. */
export function explodingSchedule(
  config: SchedulerConfig,
  { steps, spacing = spacingOf(config) }: SamplerOptions,
  precision: 'single' | 'double' = 'single',
): ExplodingSchedule {
  const table = sigmaTable(trainingSigmas(cumulativeAlphas(config, 'floored')));
  const plain = plainTimesteps(config, steps);
  const grid = precision === 'single' ? plain.map(Math.fround) : plain;
  const levels = grid.map((timestep) => sigmaAt(table, timestep));
  const exactSigmas = spacing ? spacing(rangeOf(config, { min: levels.at(-1)!, max: levels[0]! }), steps) : levels;
  const timesteps = spacing ? exactSigmas.map((sigma) => timestepOf(table, sigma)) : grid;
  const last = config.final_sigmas_type === 'sigma_min' ? table.sigmas[0]! : 0;
  const sigmas = Float32Array.of(...exactSigmas, last);
  return { timesteps, sigmas, exactSigmas, table, initNoiseSigma: initialSigma(config, sigmas) };
}

function initialSigma({ timestep_spacing }: SchedulerConfig, sigmas: Float32Array): number {
  const largest = sigmas.reduce((max, sigma) => Math.max(max, sigma));
  return timestep_spacing === 'leading' ? Math.fround(Math.sqrt(largest * largest + 1)) : largest;
}

/** The model's input at a level: unit variance again. */
export function scaleExploding(x: Float32Array, sigma: number): Float32Array {
  return weightedSum([1 / Math.sqrt(sigma * sigma + 1), x]);
}

export function addNoiseExploding(clean: Float32Array, noise: Float32Array, sigma: number): Float32Array {
  return weightedSum([1, clean], [sigma, noise]);
}

/** Tables of second-order samplers: the first entry once, every other twice, for the two calls of a step. */
export function twice(values: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * values.length - 1 }, (_, i) => values[(i + 1) >> 1]!);
}

/** Noise levels of an ancestral step from `sigma` to `next`: how far down to go and how much noise to add back (k-diffusion). */
export function ancestralLevels(sigma: number, next: number): { readonly down: number; readonly up: number } {
  const up = Math.min(next, Math.sqrt((next * next * (sigma * sigma - next * next)) / (sigma * sigma)));
  return { up, down: Math.sqrt(Math.max(next * next - up * up, 0)) };
}
