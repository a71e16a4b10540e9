const round = Math.fround;

/** a*b + c with one rounding: the product of two f32 is exact in f64. */
function fusedMultiplyAdd(a: number, b: number, c: number): number {
  return round(a * b + c);
}

/** Horner's rule with fused multiply-adds, highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) sum = round(sum * x + coefficients[i]!);
  return sum;
}

const logCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
  -2.4999993993e-1, 3.3333331174e-1,
].map(round); // prettier-ignore
const logLow = round(-2.1219444e-4);
const logHigh = round(0.693359375);
const squareRootOfHalf = round(Math.SQRT1_2);

const bits = new Int32Array(1);
const single = new Float32Array(bits.buffer);

/** ln of a positive normal f32 by the Cephes polynomial with the roundings of torch's AVX2 kernel (avx_mathfun.h with contraction). */
export function logSingle(value: number): number {
  single[0] = value;
  let exponent = (bits[0]! >>> 23) - 126;
  bits[0] = (bits[0]! & ~0x7f800000) | 0x3f000000;
  let x = single[0];
  if (x < squareRootOfHalf) {
    exponent -= 1;
    x = round(round(x - 1) + x);
  } else {
    x = round(x - 1);
  }
  const square = round(x * x);
  let y = round(polynomial(x, logCoefficients) * x);
  y = round(y * square + round(exponent * logLow));
  y = round(y - square * 0.5);
  return fusedMultiplyAdd(exponent, logHigh, round(x + y));
}

// A quarter of pi in three parts, so that the reduction keeps the bits of small remainders.
const quarterHigh = -0.78515625;
const quarterMiddle = round(-2.4187564849853515625e-4);
const quarterLow = round(-3.77489497744594108e-8);
const fourOverPi = round(1.27323954473516);
const sineCoefficients = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(round);
const cosineCoefficients = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(round);

/** Sine and cosine of a non-negative f32 angle, same source and roundings as `logSingle`. */
export function sineCosineSingle(angle: number): readonly [sine: number, cosine: number] {
  const octant = (Math.trunc(round(angle * fourOverPi)) + 1) & ~1;
  let x = fusedMultiplyAdd(octant, quarterHigh, angle);
  x = fusedMultiplyAdd(octant, quarterMiddle, x);
  x = fusedMultiplyAdd(octant, quarterLow, x);
  const square = round(x * x);
  const cosinePart = round(polynomial(square, cosineCoefficients) * square);
  const c = round(round(cosinePart * square - square * 0.5) + 1);
  const s = fusedMultiplyAdd(round(polynomial(square, sineCoefficients) * square), x, x);
  const swapped = (octant & 2) !== 0;
  const sine = swapped ? c : s;
  const cosine = swapped ? s : c;
  return [octant & 4 ? -sine : sine, ~(octant - 2) & 4 ? -cosine : cosine];
}
