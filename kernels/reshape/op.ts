import { GraphError, type Attributes, type Layout, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { elementCount, type Tensor } from '../tensor.ts';
import { aliasWgsl } from '../wgsl/alias.ts';

export interface ReshapeAttributes extends Attributes {
  readonly shape: readonly number[];
  readonly layout: Layout;
}

/** Gives the same numbers, in row-major order of the logical shape, another shape. Not for images: use toTokens. */
export const reshapeOperation = defineOperation<ReshapeAttributes>({
  name: 'reshape',
  infer([x], { shape, layout }): ValueType[] {
    if (elementCount(shape) !== elementCount(x!.shape)) {
      throw new GraphError(`expected ${elementCount(x!.shape)} elements, got the shape [${shape.join(', ')}]`);
    }
    return [{ shape, layout, dtype: x!.dtype }];
  },
  reference: ([x], { shape }): Tensor[] => [{ shape, data: x!.data }],
  onnx(node: NodeOf<ReshapeAttributes>, emit): void {
    emit.define(node.outputs[0]!, emit.reshape(emit.name(node.inputs[0]!), node.attributes.shape));
  },
  wgsl: aliasWgsl,
});

export function reshape(scope: Scope, x: Value, shape: readonly number[], layout: Layout = x.layout): Value {
  return scope.node(reshapeOperation, [x], { shape, layout }, 'reshape');
}
