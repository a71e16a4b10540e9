import { GraphError, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { elementCount, floatTensor, type Tensor } from '../tensor.ts';
import type { SliceAttributes } from './attributes.ts';
import { sliceWgsl } from './wgsl.ts';

/** The part [start, end) of one axis. */
export const sliceOperation = defineOperation<SliceAttributes>({
  name: 'slice',
  infer([x], { axis, start, end }): ValueType[] {
    if (!(start >= 0 && start < end && end <= (x!.shape[axis] ?? 0))) {
      throw new GraphError(`expected a range within ${x!.shape[axis]} of axis ${axis}, got [${start}, ${end})`);
    }
    return [{ ...x!, shape: x!.shape.with(axis, end - start) }];
  },
  reference([x], { axis, start, end }, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const inner = elementCount(x!.shape.slice(axis + 1));
    const outer = elementCount(x!.shape.slice(0, axis));
    for (let i = 0; i < outer; i++) {
      const from = (i * x!.shape[axis]! + start) * inner;
      result.data.set(x!.data.subarray(from, from + (end - start) * inner), i * (end - start) * inner);
    }
    return [result];
  },
  onnx(node: NodeOf<SliceAttributes>, emit): void {
    const { axis, start, end } = node.attributes;
    const ranges = [emit.integers([start]), emit.integers([end]), emit.integers([axis])];
    emit.define(node.outputs[0]!, emit.node('Slice', [emit.name(node.inputs[0]!), ...ranges]));
  },
  wgsl: sliceWgsl,
});

export function slice(scope: Scope, x: Value, axis: number, start: number, end: number): Value {
  return scope.node(sliceOperation, [x], { axis, start, end }, 'slice');
}
