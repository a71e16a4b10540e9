import { GraphError, plain, type Attributes, type Node, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { selectTokenWgsl } from './wgsl.ts';

/** One token of each row: inputs x [B, S, C] and positions [B] give [B, C]. */
export const selectTokenOperation = defineOperation<Attributes>({
  name: 'selectToken',
  infer([x, positions]): ValueType[] {
    if (positions?.dtype !== 'i32' || positions.shape.join() !== String(x!.shape[0])) {
      throw new GraphError(`expected ${x!.shape[0]} positions of type i32`);
    }
    return [plain(x!.shape[0]!, x!.shape[2]!)];
  },
  reference([x, positions], _, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const [, s, c] = x!.shape as [number, number, number];
    positions!.data.forEach((position, b) => {
      const from = (b * s + position) * c;
      result.data.set(x!.data.subarray(from, from + c), b * c);
    });
    return [result];
  },
  onnx(node: Node, emit): void {
    const [x, positions] = node.inputs;
    const [b, , c] = x!.shape as [number, number, number];
    const index = emit.reshape(emit.name(positions!), [b, 1]);
    const rows = emit.node('GatherND', [emit.name(x!), emit.node('Cast', [index], { attributes: { to: 7 } })], {
      attributes: { batch_dims: 1 },
    });
    emit.define(node.outputs[0]!, emit.reshape(rows, [b, c]));
  },
  wgsl: selectTokenWgsl,
});

export function selectToken(scope: Scope, x: Value, positions: Value): Value {
  return scope.node(selectTokenOperation, [x, positions], {}, 'select');
}
