import type { SolverLevel } from './multistep-schedule.ts';
import { weightedSum, type Term } from './vector.ts';

/** Solvers by what they extrapolate: x0 (`++`) or the noise; `sde` variants add noise. */
export const dpmAlgorithms = ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++'] as const;
export type DpmAlgorithm = (typeof dpmAlgorithms)[number];

/** Weights of one update of DPM-Solver (Lu et al. 2022, 2023): of the sample, of the outputs' differences D0, D1, D2, and of the noise. */
interface UpdateWeights {
  readonly x: number;
  readonly d0: number;
  /** D1 by the solver type: the midpoint rule halves d0, Heun's integrates the slope. */
  readonly midpoint: number;
  readonly slope: number;
  readonly curve: number;
  readonly noise: number;
}

export interface DpmUpdate {
  readonly algorithm: DpmAlgorithm;
  readonly from: SolverLevel;
  readonly to: SolverLevel;
}

export function updateWeights({ algorithm, from, to }: DpmUpdate): UpdateWeights {
  const h = to.logSnr - from.logSnr;
  switch (algorithm) {
    case 'dpmsolver++':
      return { x: to.sigma / from.sigma, ...integrals(to.alpha, -h, -1), noise: 0 };
    case 'dpmsolver':
      return { x: to.alpha / from.alpha, ...integrals(to.sigma, h, -1), noise: 0 };
    case 'sde-dpmsolver++': {
      const decay = Math.exp(-2 * h);
      const weights = integrals(to.alpha, -2 * h, -1);
      return { x: (to.sigma / from.sigma) * Math.exp(-h), ...weights, noise: to.sigma * Math.sqrt(1 - decay) };
    }
    case 'sde-dpmsolver': {
      const weights = integrals(to.sigma, h, -2);
      return { x: to.alpha / from.alpha, ...weights, noise: to.sigma * Math.sqrt(Math.expm1(2 * h)) };
    }
    default:
      throw new RangeError(`algorithm_type: expected one of ${dpmAlgorithms.join(', ')}, got ${String(algorithm satisfies never)}`);
  }
}

/**
 * Weights of the value, slope and curvature of an output under the exponential integral over z: phi = e^z - 1 for the value,
 * phi / z - 1 for the slope, (phi - z) / z^2 - 1/2 for the curvature.
 */
function integrals(scale: number, z: number, factor: number): Omit<UpdateWeights, 'x' | 'noise'> {
  const phi = Math.expm1(z);
  return {
    d0: factor * scale * phi,
    midpoint: 0.5 * factor * scale * phi,
    slope: factor * scale * (phi / z - 1),
    curve: factor * scale * ((phi - z) / (z * z) - 0.5),
  };
}

/** The next sample from a sample and weighted differences, with noise where the algorithm adds some. */
export function applyUpdate(x: Float32Array, weights: UpdateWeights, differences: readonly Term[], noise?: Float32Array): Float32Array {
  return weightedSum([weights.x, x], ...differences, ...(noise ? [[weights.noise, noise] as const] : []));
}
