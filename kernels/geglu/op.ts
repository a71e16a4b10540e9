import { GraphError, type Attributes, type Node, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { activationFunctions } from '../activation/reference.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { gegluWgsl } from './wgsl.ts';

/** Gated GELU (Shazeer 2020): the first half of the features times the exact GELU of the second, [..., 2C] to [..., C]. */
export const gegluOperation = defineOperation<Attributes>({
  name: 'geglu',
  infer([x]): ValueType[] {
    const width = x!.shape.at(-1)!;
    if (width % 2 !== 0) throw new GraphError(`expected an even number of features, got ${width}`);
    return [{ ...x!, shape: x!.shape.with(-1, width / 2) }];
  },
  reference([x], _, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const width = result.shape.at(-1)!;
    for (let i = 0; i < result.data.length; i++) {
      const row = Math.floor(i / width) * width * 2;
      const column = i % width;
      result.data[i] = x!.data[row + column]! * activationFunctions.gelu(x!.data[row + width + column]!);
    }
    return [result];
  },
  onnx(node: Node, emit): void {
    const halves = emit.nodes('Split', [emit.name(node.inputs[0]!)], { attributes: { axis: -1, num_outputs: 2 }, outputs: 2 });
    emit.define(node.outputs[0]!, emit.node('Mul', [halves[0]!, emit.node('Gelu', [halves[1]!])]));
  },
  wgsl: gegluWgsl,
});

export function geglu(scope: Scope, x: Value): Value {
  return scope.node(gegluOperation, [x], {}, 'geglu');
}
