import { add, multiply } from '../../kernels/binary/op.ts';
import { embeddingOperation } from '../../kernels/embedding/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { floatTensor, indexTensor, type Tensor } from '../../kernels/tensor.ts';

/** Inputs of a text encoder that takes vectors in place of words. */
export const addedRowNames = {
  /** 1 where the token is a word of the vocabulary, 0 where a vector stands for it, [1, L, 1]. */
  keep: 'added_rows.keep',
  /** The vectors at their places, 0 elsewhere, [1, L, C]. */
  rows: 'added_rows.rows',
} as const;

/**
 * Lets a text encoder take vectors in place of looked-up words: rows * keep + vectors, before the positions are added. The table of the
 * vocabulary is not touched, and the number of vectors is no part of the graph.
 */
export function withAddedRows(graph: Graph): Graph {
  const lookup = graph.nodes.find(({ op, inputs }) => op === embeddingOperation.name && inputs[0]!.name.endsWith('token_embedding.weight'));
  if (!lookup) return graph;
  const builder = new GraphBuilder(graph);
  const scope = new Scope(builder, 'added_rows');
  let replaced: Value | undefined;
  const current = (value: Value) => (replaced && value.id === lookup.outputs[0]!.id ? replaced : value);
  for (const node of graph.nodes) {
    builder.append({ ...node, inputs: node.inputs.map(current) });
    if (node !== lookup) continue;
    const rows = node.outputs[0]!;
    const [batch, length, width] = rows.shape as [number, number, number];
    const kept = multiply(scope, rows, builder.input(addedRowNames.keep, tokens(batch, length, 1)));
    replaced = add(scope, kept, builder.input(addedRowNames.rows, tokens(batch, length, width)));
  }
  return builder.build(Object.fromEntries([...graph.outputs].map(([name, value]) => [name, current(value)])));
}

/**
 * The inputs of such an encoder for token ids of which some follow the vocabulary.
 * @param vectors row by id, all of the encoder's width
 */
export function addedRowInputs(
  ids: Int32Array,
  vectors: ReadonlyMap<number, Float32Array>,
  width: number,
): { readonly input_ids: Tensor; readonly keep: Tensor; readonly rows: Tensor } {
  const known = Int32Array.from(ids, (id) => (vectors.has(id) ? 0 : id));
  const keep = Float32Array.from(ids, (id) => (vectors.has(id) ? 0 : 1));
  const rows = floatTensor([1, ids.length, width]);
  ids.forEach((id, i) => {
    const vector = vectors.get(id);
    if (vector) rows.data.set(vector, i * width);
  });
  return { input_ids: indexTensor([1, ids.length], known), keep: floatTensor([1, ids.length, 1], keep), rows };
}
