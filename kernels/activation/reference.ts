import { floatTensor, type Tensor } from '../tensor.ts';
import type { ActivationAttributes, ActivationKind } from './attributes.ts';
import { erf } from './erf.ts';

export const activationFunctions: Readonly<Record<ActivationKind, (x: number) => number>> = {
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  quickGelu: (x) => x / (1 + Math.exp(-1.702 * x)),
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
};

export function activationReference([x]: readonly Tensor[], { kind }: ActivationAttributes): Tensor[] {
  const apply = activationFunctions[kind];
  const result = floatTensor(x!.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = apply(x!.data[i]!);
  return [result];
}
