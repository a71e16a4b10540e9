import type { PredictionType } from './config.ts';
import { weightedSum } from './vector.ts';

/** A noise level of the variance-preserving form: x = alpha * x0 + sigma * noise with alpha^2 + sigma^2 = 1. */
export interface NoiseLevel {
  readonly alpha: number;
  readonly sigma: number;
}

/** The level at a cumulative alpha. */
export function levelOfAlpha(cumulativeAlpha: number): NoiseLevel {
  return { alpha: Math.sqrt(cumulativeAlpha), sigma: Math.sqrt(1 - cumulativeAlpha) };
}

/** The level of a sigma of the variance-exploding form (x0 + sigma * noise). */
export function levelOfSigma(sigma: number): NoiseLevel {
  const alpha = 1 / Math.sqrt(sigma * sigma + 1);
  return { alpha, sigma: sigma * alpha };
}

/** Half the log of the signal-to-noise ratio; infinite without noise. */
export function logSnr({ alpha, sigma }: NoiseLevel): number {
  return Math.log(alpha) - Math.log(sigma);
}

/** What the model was trained to give, what it gave, and the sample it saw. */
export interface Prediction {
  readonly type: PredictionType;
  readonly output: Float32Array;
  readonly x: Float32Array;
}

/** The denoised estimate x0 of a model output at a variance-preserving level. */
export function cleanEstimate({ type, output, x }: Prediction, { alpha, sigma }: NoiseLevel): Float32Array {
  switch (type) {
    case 'epsilon':
      return weightedSum([1 / alpha, x], [-sigma / alpha, output]);
    case 'v_prediction':
      return weightedSum([alpha, x], [-sigma, output]);
    case 'sample':
      return output;
    default:
      throw unknownPrediction(type);
  }
}

/** The noise estimate of a model output at a variance-preserving level. */
export function noiseEstimate({ type, output, x }: Prediction, { alpha, sigma }: NoiseLevel): Float32Array {
  switch (type) {
    case 'epsilon':
      return output;
    case 'v_prediction':
      return weightedSum([alpha, output], [sigma, x]);
    case 'sample':
      return weightedSum([1 / sigma, x], [-alpha / sigma, output]);
    default:
      throw unknownPrediction(type);
  }
}

/** The denoised estimate x0 of a model output at a level of the variance-exploding form, where x = x0 + sigma * noise. */
export function cleanEstimateExploding({ type, output, x }: Prediction, sigma: number): Float32Array {
  const variance = sigma * sigma + 1;
  switch (type) {
    case 'epsilon':
      return weightedSum([1, x], [-sigma, output]);
    case 'v_prediction':
      return weightedSum([-sigma / Math.sqrt(variance), output], [1 / variance, x]);
    case 'sample':
      return output;
    default:
      throw unknownPrediction(type);
  }
}

function unknownPrediction(type: never): RangeError {
  return new RangeError(`prediction_type: expected epsilon, v_prediction or sample, got ${String(type)}`);
}
