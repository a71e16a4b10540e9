/** A weight and the values it multiplies. */
export type Term = readonly [weight: number, values: Float32Array];

/**
 * Sum of weighted vectors of one length, in f64 with one rounding to f32. diffusers rounds after each operation; the difference is below
 * 1e-6 of the deviation, far under what two machines differ by in the model.
 */
export function weightedSum(...terms: readonly Term[]): Float32Array<ArrayBuffer> {
  const sum = new Float64Array(terms[0]?.[1].length ?? 0);
  for (const [weight, values] of terms) {
    for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
  }
  return new Float32Array(sum);
}

/** Values limited to [-limit, limit]. */
export function clamp(values: Float32Array, limit: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => Math.min(Math.max(value, -limit), limit));
}
