/** Shape of both sides of the distribution (Lee et al. 2024, "Beta Sampling is All You Need"). */
const shape = 0.6;

/**
 * x where the cumulative Beta(0.6, 0.6) distribution reaches `probability`, 0 to 1. The distribution is symmetric, so only the lower half
 * is solved, by bisection on the power series of the incomplete beta function.
 */
export function betaQuantile(probability: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return 1;
  return probability > 0.5 ? 1 - lowerQuantile(1 - probability) : lowerQuantile(probability);
}

function lowerQuantile(probability: number): number {
  const target = probability * 2 * incompleteBeta(0.5);
  let [low, high] = [0, 0.5];
  for (let i = 0; i < 1100 && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (incompleteBeta(middle) < target) low = middle;
    else high = middle;
  }
  return low;
}

/** Integral of (t (1 - t))^(shape - 1) from 0 to x for x up to 1/2, where the series gains a bit a term. */
function incompleteBeta(x: number): number {
  let coefficient = 1;
  let sum = 0;
  for (let n = 0; n < 60; n++) {
    sum += coefficient / (shape + n);
    coefficient *= ((n + 1 - shape) / (n + 1)) * x;
  }
  return x ** shape * sum;
}
