import { expect, test } from 'vitest';
import { interpret } from '../../kernels/graph/interpret.ts';
import { elementCount, floatTensor, indexTensor, type Tensor } from '../../kernels/tensor.ts';
import { buildClipText } from '../clip-text/clip-text.ts';
import { clipTextConfig } from '../clip-text/config.ts';
import { addedRowInputs, addedRowNames, withAddedRows } from './added-rows.ts';

const width = 8;
const config = clipTextConfig({ hidden_size: width, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 10, max_position_embeddings: 6, hidden_act: 'quick_gelu' }); // prettier-ignore
const graph = buildClipText(config, { length: 4, outputs: ['last'] });

function weight({ name, shape }: { readonly name: string; readonly shape: readonly number[] }): Tensor {
  const phase = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i * 0.9 + phase)),
  );
}

function run(own: typeof graph, inputs: ReadonlyMap<string, Tensor>): Float32Array {
  return interpret(own, { inputs, weight }).get('last')!.data as Float32Array;
}

function withVectors(ids: readonly number[], vectors: ReadonlyMap<number, Float32Array>): Float32Array {
  const { input_ids, keep, rows } = addedRowInputs(Int32Array.from(ids), vectors, width);
  return run(withAddedRows(graph), new Map([['input_ids', input_ids], [addedRowNames.keep, keep], [addedRowNames.rows, rows]])); // prettier-ignore
}

test('vectors take the place of words bit for bit: those of a known word give that word', () => {
  const table = weight(graph.weights.find(({ name }) => name.endsWith('token_embedding.weight'))!).data as Float32Array;
  const known = run(graph, new Map([['input_ids', indexTensor([1, 4], Int32Array.of(3, 7, 2, 9))]]));
  const vectors = new Map([[10, table.subarray(7 * width, 8 * width)], [11, table.subarray(2 * width, 3 * width)]]); // prettier-ignore
  expect(withVectors([3, 10, 11, 9], vectors)).toEqual(known);
});

test('a text without such words is what it was', () => {
  const known = run(graph, new Map([['input_ids', indexTensor([1, 4], Int32Array.of(3, 7, 2, 9))]]));
  expect(withVectors([3, 7, 2, 9], new Map([[10, new Float32Array(width).fill(5)]]))).toEqual(known);
});
