import { GraphError, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { LinearAttributes } from './attributes.ts';
import { linearOnnx } from './onnx.ts';
import { linearReference } from './reference.ts';
import { linearWgsl } from './wgsl.ts';

/** y = x W^T + b over the last dimension: inputs x [..., K], weight [N, K], optional bias [N]. */
export const linearOperation = defineOperation<LinearAttributes>({
  name: 'linear',
  infer: inferLinear,
  reference: linearReference,
  onnx: linearOnnx,
  wgsl: linearWgsl,
});

/** Linear layer with the module's `weight` and `bias`. */
export function linear(scope: Scope, x: Value, outFeatures: number, options: { readonly bias?: boolean } = {}): Value {
  const weight = scope.weight('weight', [outFeatures, x.shape.at(-1)!]);
  const inputs = (options.bias ?? true) ? [x, weight, scope.weight('bias', [outFeatures])] : [x, weight];
  return scope.node(linearOperation, inputs, {});
}

function inferLinear([x, weight]: readonly ValueType[]): ValueType[] {
  if (!x || x.layout === 'image') throw new GraphError('expected tokens or a plain value, got an image');
  const features = x.shape.at(-1)!;
  if (weight!.shape.length !== 2 || weight!.shape[1] !== features) {
    throw new GraphError(`expected a weight [*, ${features}], got [${weight!.shape.join(', ')}]`);
  }
  return [{ ...x, shape: [...x.shape.slice(0, -1), weight!.shape[0]!], dtype: 'f32' }];
}
