import { adaptiveChunkSize } from '../attention/ops/chunk-size.ts';
import { GraphError } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';

/** Operands as ONNX names, [B, S, H*K], [B, T, H*K] and [B, T, H*V], with their sizes. */
export interface OnnxAttention {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly scale: number;
  readonly causal: boolean;
  /** Query rows of a chunk; 0 lets the kernel choose. */
  readonly chunk: number;
}

type OnnxKernel = (emit: OnnxEmitter, problem: OnnxAttention) => string;

/** Parts that blocked attention splits queries and keys in. */
const blockParts = 4;

/** Appends the nodes of the named kernel; gives [B, S, H*V]. Throws GraphError for a kernel that does not exist on ONNX Runtime. */
export function emitAttention(emit: OnnxEmitter, base: string, problem: OnnxAttention): string {
  const kernel = kernels[base];
  if (!kernel) throw new GraphError(`expected an attention kernel of ONNX Runtime (${Object.keys(kernels).join(', ')}), got ${base}`);
  return kernel(emit, problem);
}

const kernels: Readonly<Record<string, OnnxKernel>> = {
  auto: fused,
  'onnx-mha': fused,
  'onnx-mha-chunked': (emit, problem) => inChunks(emit, problem, fused),
  'onnx-cuda-flash': fused,
  'onnx-cuda-cutlass': fused,
  math: materialised,
  chunked: (emit, problem) => inChunks(emit, problem, materialised),
  sliced: (emit, problem) => inSlices(emit, problem),
  blocked: (emit, problem) => inBlocks(emit, problem),
};

/** com.microsoft MultiHeadAttention; `firstRow` is the position of row 0 among all queries. */
function fused(emit: OnnxEmitter, problem: OnnxAttention, firstRow = 0): string {
  const { query, key, value, heads, scale, causal, queries, keys } = problem;
  const isWhole = firstRow === 0 && queries === keys;
  const bias = causal && !isWhole ? emit.floats([1, 1, queries, keys], causalMask(queries, keys, firstRow)) : '';
  return emit.node('MultiHeadAttention', [query, key, value, ...(bias === '' ? [] : ['', '', bias])], {
    domain: 'com.microsoft',
    attributes: { num_heads: heads, scale: { float: scale }, unidirectional: causal && isWhole ? 1 : 0 },
  });
}

/** MatMul, Softmax, MatMul over all scores of the given rows. */
function materialised(emit: OnnxEmitter, problem: OnnxAttention, firstRow = 0): string {
  const { batch, queries, keys, heads, keyWidth, valueWidth, scale, causal } = problem;
  const q = toHeads(emit, problem.query, [batch, queries, heads, keyWidth], [0, 2, 1, 3]);
  const scaled = emit.node('Mul', [q, emit.floats([], [scale])]);
  const k = toHeads(emit, problem.key, [batch, keys, heads, keyWidth], [0, 2, 3, 1]);
  const v = toHeads(emit, problem.value, [batch, keys, heads, valueWidth], [0, 2, 1, 3]);
  let scores = emit.node('MatMul', [scaled, k]);
  if (causal) scores = emit.node('Add', [scores, emit.floats([1, 1, queries, keys], causalMask(queries, keys, firstRow))]);
  const out = emit.node('MatMul', [emit.node('Softmax', [scores], { attributes: { axis: -1 } }), v]);
  return fromHeads(emit, out, [batch, queries, heads * valueWidth]);
}

function inChunks(
  emit: OnnxEmitter,
  problem: OnnxAttention,
  kernel: (emit: OnnxEmitter, part: OnnxAttention, firstRow: number) => string,
): string {
  const { batch, heads, queries, keys, query } = problem;
  const chunk = problem.chunk > 0 ? problem.chunk : adaptiveChunkSize({ slabs: batch * heads, keys });
  if (chunk >= queries) return kernel(emit, problem, 0);
  const parts: string[] = [];
  for (let row = 0; row < queries; row += chunk) {
    const rows = Math.min(chunk, queries - row);
    parts.push(kernel(emit, { ...problem, query: sliceAxis(emit, query, 1, row, row + rows), queries: rows }, row));
  }
  return emit.node('Concat', parts, { attributes: { axis: 1 } });
}

/** One head after the other. */
function inSlices(emit: OnnxEmitter, problem: OnnxAttention): string {
  const { heads, keyWidth, valueWidth } = problem;
  const parts = Array.from({ length: heads }, (_, head) =>
    materialised(emit, {
      ...problem,
      heads: 1,
      query: sliceAxis(emit, problem.query, 2, head * keyWidth, (head + 1) * keyWidth),
      key: sliceAxis(emit, problem.key, 2, head * keyWidth, (head + 1) * keyWidth),
      value: sliceAxis(emit, problem.value, 2, head * valueWidth, (head + 1) * valueWidth),
    }),
  );
  return parts.length === 1 ? parts[0]! : emit.node('Concat', parts, { attributes: { axis: 2 } });
}

/** Blocks of a quarter of the queries and a quarter of the keys, folded by the online softmax. */
function inBlocks(emit: OnnxEmitter, problem: OnnxAttention): string {
  const { batch, queries, keys, heads, keyWidth, valueWidth, scale, causal } = problem;
  if (causal) return materialised(emit, problem);
  const q = emit.node('Mul', [toHeads(emit, problem.query, [batch, queries, heads, keyWidth], [0, 2, 1, 3]), emit.floats([], [scale])]);
  const k = toHeads(emit, problem.key, [batch, keys, heads, keyWidth], [0, 2, 3, 1]);
  const v = toHeads(emit, problem.value, [batch, keys, heads, valueWidth], [0, 2, 1, 3]);
  const rows = Math.ceil(queries / blockParts);
  const columns = Math.ceil(keys / blockParts);
  const parts: string[] = [];
  for (let row = 0; row < queries; row += rows) {
    const block = sliceAxis(emit, q, 2, row, Math.min(queries, row + rows));
    let folded: Folded | undefined;
    for (let column = 0; column < keys; column += columns) {
      const end = Math.min(keys, column + columns);
      folded = fold(emit, folded, block, sliceAxis(emit, k, 3, column, end), sliceAxis(emit, v, 2, column, end));
    }
    parts.push(emit.node('Div', [folded!.sums, folded!.masses]));
  }
  const joined = parts.length === 1 ? parts[0]! : emit.node('Concat', parts, { attributes: { axis: 2 } });
  return fromHeads(emit, joined, [batch, queries, heads * valueWidth]);
}

interface Folded {
  readonly maxima: string;
  readonly masses: string;
  readonly sums: string;
}

function fold(emit: OnnxEmitter, before: Folded | undefined, query: string, key: string, value: string): Folded {
  const scores = emit.node('MatMul', [query, key]);
  const own = emit.node('ReduceMax', [scores, emit.integers([-1])]);
  const maxima = before ? emit.node('Max', [before.maxima, own]) : own;
  const weights = emit.node('Exp', [emit.node('Sub', [scores, maxima])]);
  const masses = emit.node('ReduceSum', [weights, emit.integers([-1])]);
  const sums = emit.node('MatMul', [weights, value]);
  if (!before) return { maxima, masses, sums };
  const factor = emit.node('Exp', [emit.node('Sub', [before.maxima, maxima])]);
  const carry = (old: string, added: string) => emit.node('Add', [emit.node('Mul', [old, factor]), added]);
  return { maxima, masses: carry(before.masses, masses), sums: carry(before.sums, sums) };
}

function toHeads(emit: OnnxEmitter, name: string, shape: readonly number[], perm: readonly number[]): string {
  return emit.node('Transpose', [emit.reshape(name, shape)], { attributes: { perm } });
}

function fromHeads(emit: OnnxEmitter, name: string, shape: readonly number[]): string {
  return emit.reshape(emit.node('Transpose', [name], { attributes: { perm: [0, 2, 1, 3] } }), shape);
}

function sliceAxis(emit: OnnxEmitter, name: string, axis: number, start: number, end: number): string {
  return emit.node('Slice', [name, emit.integers([start]), emit.integers([end]), emit.integers([axis])]);
}

/** 0 where query firstRow + i sees key j, -Infinity elsewhere. */
function causalMask(queries: number, keys: number, firstRow: number): Float32Array {
  const mask = new Float32Array(queries * keys);
  for (let row = 0; row < queries; row++) mask.fill(-Infinity, row * keys + Math.min(keys, firstRow + row + 1), (row + 1) * keys);
  return mask;
}
