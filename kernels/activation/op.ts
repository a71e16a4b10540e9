import type { Value } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { ActivationKind, ActivationAttributes } from './attributes.ts';
import { activationOnnx } from './onnx.ts';
import { activationReference } from './reference.ts';
import { activationWgsl } from './wgsl.ts';

export const activationOperation = defineOperation<ActivationAttributes>({
  name: 'activation',
  infer: (inputs) => [inputs[0]!],
  reference: activationReference,
  onnx: activationOnnx,
  wgsl: activationWgsl,
});

export function activation(scope: Scope, kind: ActivationKind, x: Value): Value {
  return scope.node(activationOperation, [x], { kind }, kind);
}

export function silu(scope: Scope, x: Value): Value {
  return activation(scope, 'silu', x);
}
