import { GraphError, tokens, type Attributes, type Node, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { embeddingWgsl } from './wgsl.ts';

/** Rows of a table: inputs table [V, C] and ids [B, S] give tokens [B, S, C]. Ids are checked before the graph runs. */
export const embeddingOperation = defineOperation<Attributes>({
  name: 'embedding',
  infer([table, ids]): ValueType[] {
    if (ids?.dtype !== 'i32' || ids.shape.length !== 2) throw new GraphError('expected ids [B, S] of type i32');
    return [tokens(ids.shape[0]!, ids.shape[1]!, table!.shape[1]!)];
  },
  reference([table, ids], _, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const width = table!.shape[1]!;
    ids!.data.forEach((id, i) => result.data.set(table!.data.subarray(id * width, (id + 1) * width), i * width));
    return [result];
  },
  onnx(node: Node, emit): void {
    emit.define(node.outputs[0]!, emit.node('Gather', node.inputs.map((value) => emit.name(value)))); // prettier-ignore
  },
  wgsl: embeddingWgsl,
});

/** Looks ids up in the module's `weight` of `rows` rows. */
export function embedding(scope: Scope, ids: Value, rows: number, width: number): Value {
  return scope.node(embeddingOperation, [scope.weight('weight', [rows, width]), ids], {});
}
