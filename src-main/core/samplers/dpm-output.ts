import type { SchedulerConfig } from './config.ts';
import type { DpmAlgorithm } from './dpm-update.ts';
import { cleanEstimate, noiseEstimate, type NoiseLevel } from './prediction.ts';

/** The denoised estimate, and the form of the output that a DPM algorithm extrapolates (the estimate itself or the noise). */
export function dpmOutput(
  config: SchedulerConfig,
  { output, x, level }: { output: Float32Array; x: Float32Array; level: NoiseLevel },
): { readonly x0: Float32Array; readonly value: Float32Array } {
  const prediction = { type: config.prediction_type, output, x };
  const x0 = cleanEstimate(prediction, level);
  return { x0, value: config.algorithm_type.endsWith('++') ? x0 : noiseEstimate(prediction, level) };
}

/** The algorithm of a configuration; names of other classes' algorithms mean the default, as in diffusers. */
export function dpmAlgorithm({ algorithm_type }: SchedulerConfig): DpmAlgorithm {
  return algorithm_type === 'deis' ? 'dpmsolver++' : (algorithm_type as DpmAlgorithm);
}
