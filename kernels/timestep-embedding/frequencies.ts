import type { TimestepEmbeddingAttributes } from './attributes.ts';

/** exp(-ln(10000) i / (half - shift)) in f32. */
export function timestepFrequencies({ width, frequencyShift }: TimestepEmbeddingAttributes): Float32Array {
  const half = width / 2;
  return Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / (half - frequencyShift)));
}
