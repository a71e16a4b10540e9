import { betaQuantile } from './beta-quantile.ts';
import { linspace } from './grid.ts';

const rho = 7;
const smallestSigma = 1e-10;

/** The training noise levels and their logarithms, ascending: what timesteps and sigmas are translated by. */
export interface SigmaTable {
  readonly sigmas: Float32Array;
  readonly logs: Float32Array;
}

export function sigmaTable(sigmas: Float32Array): SigmaTable {
  return { sigmas, logs: sigmas.map(Math.log) };
}

/** Sigma at a fractional timestep, linear between the training steps and constant beyond them. */
export function sigmaAt({ sigmas }: SigmaTable, timestep: number): number {
  const last = sigmas.length - 1;
  if (timestep >= last) return sigmas[last]!;
  const below = Math.max(Math.floor(timestep), 0);
  const slope = sigmas[below + 1]! - sigmas[below]!;
  return slope * (Math.max(timestep, 0) - below) + sigmas[below]!;
}

/** Timestep of a sigma, linear in ln sigma between the training steps. */
export function timestepOf({ logs }: SigmaTable, sigma: number): number {
  const log = Math.log(Math.max(sigma, smallestSigma));
  let low = 0;
  while (low < logs.length - 2 && logs[low + 1]! <= log) low++;
  const weight = (logs[low]! - log) / Math.fround(logs[low]! - logs[low + 1]!);
  const clipped = Math.min(Math.max(weight, 0), 1);
  return (1 - clipped) * low + clipped * (low + 1);
}

/** Noise levels from `max` down to `min`: the range that a spacing function divides. */
export interface SigmaRange {
  readonly min: number;
  readonly max: number;
}

/** A rule that spaces `steps` noise levels over a range, first the largest. */
export type SigmaSpacing = (range: SigmaRange, steps: number) => Float64Array;

/** Karras et al. 2022, eq. 5, rho 7. */
export const karrasSigmas: SigmaSpacing = ({ min, max }, steps) => {
  const [low, high] = [min ** (1 / rho), max ** (1 / rho)];
  return linspace(0, 1, steps).map((ramp) => (high + ramp * (low - high)) ** rho);
};

/** Equal steps of ln sigma. */
export const exponentialSigmas: SigmaSpacing = ({ min, max }, steps) => linspace(Math.log(max), Math.log(min), steps).map(Math.exp);

/** Quantiles of Beta(0.6, 0.6): dense at both ends. */
export const betaSigmas: SigmaSpacing = ({ min, max }, steps) =>
  linspace(0, 1, steps).map((ramp) => min + betaQuantile(1 - ramp) * (max - min));

/** Lu et al. 2022 (DPM-Solver), uniform half-log-SNR; like `exponentialSigmas` but from the rounded logs of the table, as diffusers. */
export const luSigmas: SigmaSpacing = ({ min, max }, steps) => {
  const [low, high] = [Math.fround(Math.log(min)), Math.fround(Math.log(max))];
  return linspace(0, 1, steps).map((ramp) => Math.exp(high + ramp * (low - high)));
};

/** Align Your Steps (Sabour et al. 2024): noise levels of ten steps, found by optimisation for each model family. */
export const alignedSigmas = {
  sd1: [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
  sdxl: [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0.029],
} as const;

/** The aligned levels for any number of steps: log-linear between the eleven, without the last, which the final sigma replaces. */
export function alignedSpacing(levels: readonly number[]): SigmaSpacing {
  return (_range, steps) =>
    linspace(0, levels.length - 1, steps + 1)
      .slice(0, -1)
      .map((position) => {
        const below = Math.min(Math.floor(position), levels.length - 2);
        const [from, to] = [Math.log(levels[below]!), Math.log(levels[below + 1]!)];
        return Math.exp(from + (position - below) * (to - from));
      });
}
