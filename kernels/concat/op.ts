import { GraphError, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { elementCount, floatTensor, type Tensor } from '../tensor.ts';
import type { ConcatAttributes } from './attributes.ts';
import { concatWgsl } from './wgsl.ts';

/** Joins values along one axis; all other sizes agree. */
export const concatOperation = defineOperation<ConcatAttributes>({
  name: 'concat',
  infer(inputs, { axis }): ValueType[] {
    const [first] = inputs;
    const agree = inputs.every((value) => value.shape.every((size, i) => i === axis || size === first!.shape[i]));
    if (!agree) throw new GraphError(`sizes differ off axis ${axis}: ${inputs.map((value) => `[${value.shape.join(', ')}]`).join(', ')}`);
    const total = inputs.reduce((sum, value) => sum + value.shape[axis]!, 0);
    return [{ ...first!, shape: first!.shape.with(axis, total) }];
  },
  reference(inputs, { axis }, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const inner = elementCount(result.shape.slice(axis + 1));
    const outer = elementCount(result.shape.slice(0, axis));
    let at = 0;
    for (let i = 0; i < outer; i++)
      for (const input of inputs) {
        const run = input.shape[axis]! * inner;
        result.data.set(input.data.subarray(i * run, (i + 1) * run), at);
        at += run;
      }
    return [result];
  },
  onnx(node: NodeOf<ConcatAttributes>, emit): void {
    const attributes = { axis: node.attributes.axis };
    emit.define(node.outputs[0]!, emit.node('Concat', node.inputs.map((value) => emit.name(value)), { attributes })); // prettier-ignore
  },
  wgsl: concatWgsl,
});

export function concat(scope: Scope, values: readonly Value[], axis: number): Value {
  return scope.node(concatOperation, values, { axis }, 'concat');
}
