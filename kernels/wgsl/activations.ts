import type { ActivationKind } from '../activation/attributes.ts';

/** erf by Abramowitz and Stegun 7.1.26, absolute error under 1.5e-7. */
const erf4 = `fn erf4(x: vec4f) -> vec4f {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - poly * exp(-a * a));
}`;

/** tanh of large arguments overflows in some drivers' exp form, so the argument is bounded where the result is 1 in f32 anyway. */
const bodies: Readonly<Record<ActivationKind, string>> = {
  silu: 'return x / (1.0 + exp(-x));',
  gelu: 'return 0.5 * x * (1.0 + erf4(x * 0.70710678118654752));',
  quickGelu: 'return x / (1.0 + exp(-1.702 * x));',
  relu: 'return max(x, vec4f(0.0));',
  tanh: 'return tanh(clamp(x, vec4f(-15.0), vec4f(15.0)));',
};

/** Declares `fn activate(x: vec4f) -> vec4f`; the identity without a kind. */
export function activationFunction(kind: ActivationKind | undefined): string {
  const body = kind ? bodies[kind] : 'return x;';
  return `${kind === 'gelu' ? `${erf4}\n` : ''}fn activate(x: vec4f) -> vec4f { ${body} }`;
}
