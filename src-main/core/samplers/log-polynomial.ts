import type { Polynomial } from './polynomial.ts';

/** Integral over rho from `from` to `to` of a polynomial in ln rho, term by term: the integral of L^k is rho L^k - k times that of L^(k-1). */
export function integrateLogPolynomial(polynomial: Polynomial, from: number, to: number): number {
  let moment = to - from;
  let sum = (polynomial[0] ?? 0) * moment;
  for (let k = 1; k < polynomial.length; k++) {
    moment = to * Math.log(to) ** k - from * Math.log(from) ** k - k * moment;
    sum += polynomial[k]! * moment;
  }
  return sum;
}
