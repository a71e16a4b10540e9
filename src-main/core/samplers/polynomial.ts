/** Coefficients, lowest power first. */
export type Polynomial = readonly number[];

/** The Lagrange polynomial that is 1 at `nodes[which]` and 0 at the other nodes. */
export function lagrangeBasis(nodes: readonly number[], which: number): Polynomial {
  const own = nodes[which]!;
  const others = nodes.filter((_, k) => k !== which);
  const scale = others.reduce((product, node) => product * (own - node), 1);
  const product = others.reduce<Polynomial>((polynomial, node) => timesLinear(polynomial, node), [1]);
  return product.map((coefficient) => coefficient / scale);
}

/** Integral from `from` to `to`. */
export function integrate(polynomial: Polynomial, from: number, to: number): number {
  return polynomial.reduce((sum, coefficient, power) => sum + (coefficient * (to ** (power + 1) - from ** (power + 1))) / (power + 1), 0);
}

function timesLinear(polynomial: Polynomial, root: number): Polynomial {
  return [0, ...polynomial].map((lower, power) => lower - root * (polynomial[power] ?? 0));
}
