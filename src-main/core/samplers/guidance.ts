/** Classifier-free guidance (Ho and Salimans 2022), optionally rescaled (Lin et al. 2023, eq. 15 and 16). */
export interface Guidance {
  /** 1 is the positive side alone. */
  readonly scale: number;
  /** Share of the rescaled result, 0 to 1. */
  readonly rescale: number;
}

/** u + scale (c - u) for the outputs of one picture, then drawn towards the positive side's standard deviation. */
export function combineGuidance(negative: Float32Array, positive: Float32Array, { scale, rescale }: Guidance): Float32Array {
  const guided = new Float32Array(positive.length);
  for (let i = 0; i < guided.length; i++) guided[i] = negative[i]! + Math.fround(scale * Math.fround(positive[i]! - negative[i]!));
  if (rescale === 0) return guided;
  const factor = rescale * (deviation(positive) / deviation(guided)) + (1 - rescale);
  return guided.map((value) => value * factor);
}

/** Standard deviation with N - 1, as torch computes it. */
function deviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
