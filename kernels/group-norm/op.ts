import { GraphError, imageSizes, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { GroupNormAttributes } from './attributes.ts';
import { groupNormOnnx } from './onnx.ts';
import { groupNormReference } from './reference.ts';
import { groupNormWgsl } from './wgsl.ts';

/** Group normalisation (Wu and He 2018) of an image: inputs x [N, C, H, W], weight [C], bias [C]. */
export const groupNormOperation = defineOperation<GroupNormAttributes>({
  name: 'groupNorm',
  infer: inferGroupNorm,
  reference: groupNormReference,
  onnx: groupNormOnnx,
  wgsl: groupNormWgsl,
});

/** Group normalisation with the module's `weight` and `bias`. */
export function groupNorm(scope: Scope, x: Value, attributes: GroupNormAttributes): Value {
  const channels = x.shape[1]!;
  return scope.node(groupNormOperation, [x, scope.weight('weight', [channels]), scope.weight('bias', [channels])], attributes);
}

function inferGroupNorm([x]: readonly ValueType[], { groups }: GroupNormAttributes): ValueType[] {
  const [, channels] = imageSizes(x);
  if (channels % groups !== 0) throw new GraphError(`expected channels divisible by ${groups} groups, got ${channels}`);
  return [x!];
}
