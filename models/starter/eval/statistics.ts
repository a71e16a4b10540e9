/** A measured value with the limits between which it lies in 95 of 100 such lists. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959964;

/** A share of `count` yes-or-no answers, by Wilson's score interval (Wilson 1927). */
export function shareOf(right: number, count: number): Estimate {
  const share = right / count;
  const scale = 1 + z95 ** 2 / count;
  const middle = (share + z95 ** 2 / (2 * count)) / scale;
  const half = (z95 / scale) * Math.sqrt((share * (1 - share)) / count + (z95 / (2 * count)) ** 2);
  return { value: share, low: right === 0 ? 0 : middle - half, high: right === count ? 1 : middle + half };
}

/** A mean with weights, by the standard error of a ratio; equal weights give the usual mean. */
export function meanOf(values: readonly number[], weights: readonly number[] = values.map(() => 1)): Estimate {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const value = values.reduce((total, each, i) => total + each * weights[i]!, 0) / sum;
  const squares = values.reduce((total, each, i) => total + (weights[i]! * (each - value)) ** 2, 0);
  const n = values.length;
  const half = n < 2 ? Infinity : (z95 * Math.sqrt((squares * n) / (n - 1))) / sum;
  return { value, low: value - half, high: value + half };
}

/** Peak signal-to-noise ratio of two 8-bit pictures in dB; equal ones have none. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new RangeError(`psnr: expected as many bytes, got ${a.length} and ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10((255 ** 2 * a.length) / sum);
}
