/** Classifier-free guidance: `scale` 1 is the positive side alone; `rescale` 0 to 1 pulls the deviation back to the positive side's. */
export interface Guidance {
  readonly scale: number;
  readonly rescale: number;
}

/**
 * Combines the model's outputs for the negative and the positive side of one picture: n + scale * (p - n) (Ho & Salimans 2022), then with
 * `rescale` a share of the same values at the deviation of `positive` (Lin et al. 2023, section 3.4).
 */
export function combineGuidance(negative: Float32Array, positive: Float32Array, { scale, rescale }: Guidance): Float32Array<ArrayBuffer> {
  const combined = new Float32Array(positive.length);
  for (let i = 0; i < combined.length; i++) combined[i] = negative[i]! + scale * (positive[i]! - negative[i]!);
  const spread = rescale === 0 ? 0 : deviation(combined);
  if (spread === 0) return combined;
  const factor = rescale * (deviation(positive) / spread) + 1 - rescale;
  return combined.map((value) => value * factor);
}

/**
 * One positive side made of several: n + sum of weight * (p_i - n) (Liu et al. 2022, composable diffusion; A1111's AND). With `combineGuidance`
 * the guided output is n + scale * sum of weight * (p_i - n). A single part of weight 1 is given back as it is.
 */
export function composePositive(
  negative: Float32Array,
  parts: readonly { readonly output: Float32Array; readonly weight: number }[],
): Float32Array {
  const [first] = parts;
  if (parts.length === 1 && first!.weight === 1) return first!.output;
  const composed = new Float32Array(negative.length);
  for (let i = 0; i < composed.length; i++) {
    let sum = negative[i]!;
    for (const { output, weight } of parts) sum += weight * (output[i]! - negative[i]!);
    composed[i] = sum;
  }
  return composed;
}

/** Standard deviation with Bessel's correction, as torch's std. */
function deviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
