import { GraphError, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { LayerNormAttributes } from './attributes.ts';
import { layerNormOnnx } from './onnx.ts';
import { layerNormReference } from './reference.ts';
import { layerNormWgsl } from './wgsl.ts';

/** Layer normalisation (Ba et al. 2016) over the last dimension: inputs x [..., C], weight [C], bias [C]. */
export const layerNormOperation = defineOperation<LayerNormAttributes>({
  name: 'layerNorm',
  infer: inferLayerNorm,
  reference: layerNormReference,
  onnx: layerNormOnnx,
  wgsl: layerNormWgsl,
});

/** Layer normalisation with the module's `weight` and `bias`. */
export function layerNorm(scope: Scope, x: Value, epsilon = 1e-5): Value {
  const channels = x.shape.at(-1)!;
  return scope.node(layerNormOperation, [x, scope.weight('weight', [channels]), scope.weight('bias', [channels])], { epsilon });
}

function inferLayerNorm([x]: readonly ValueType[]): ValueType[] {
  if (!x || x.layout === 'image') throw new GraphError('expected tokens or a plain value, got an image');
  return [x];
}
