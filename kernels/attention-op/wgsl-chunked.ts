import { adaptiveChunkSize } from '../attention/ops/chunk-size.ts';
import { operandOf, type Operand, type WgslEmitter } from '../wgsl/emitter.ts';
import { finishElementwise } from '../wgsl/elementwise.ts';
import { emitGemm } from '../wgsl/gemm/gemm.ts';
import type { GemmProblem } from '../wgsl/gemm/problem.ts';
import { declareReduce } from '../wgsl/reduce.ts';
import { Shader } from '../wgsl/shader.ts';
import type { AttentionNode } from './attributes.ts';
import { attentionSizes, declareResultStore, declareScoreLoads, declareValueLoad } from './wgsl-operands.ts';

const softmaxThreads = 64;

/**
 * Attention as product, softmax, product over chunks of queries, with the scores of one chunk in memory. `heads` at once share a
 * launch. Serves any head size; the simplest form there is on the device.
 */
export function emitChunked(node: AttentionNode, chunk: number, mass: Operand | undefined, emit: WgslEmitter): void {
  const { batch, heads, queries, keys } = attentionSizes(node);
  const pitch = Math.ceil(keys / 4) * 4;
  const rows = Math.min(queries, chunk > 0 ? chunk : adaptiveChunkSize({ slabs: batch * heads, keys: pitch }, emit.target.scoreBytes));
  const scores = emit.scratch(batch * heads * rows * pitch, 'f32');
  for (let start = 0; start < queries; start += rows) {
    const part: Chunk = { start, rows: Math.min(rows, queries - start), pitch, scores };
    emitScores(node, part, emit);
    emitSoftmax(node, part, emit);
    emitValues(node, part, mass, emit);
  }
}

interface Chunk {
  readonly start: number;
  readonly rows: number;
  /** Numbers of a row of scores: the keys, padded to a multiple of 4. */
  readonly pitch: number;
  readonly scores: Operand;
}

function emitScores(node: AttentionNode, { start, rows, pitch, scores }: Chunk, emit: WgslEmitter): void {
  const { batch, heads, width } = attentionSizes(node);
  const sizes = { batch: batch * heads, rows, columns: pitch, depth: width, isRightTransposed: true };
  emitGemm(emit, 'scores', sizes, (shader): GemmProblem => {
    const loads = declareScoreLoads(shader, node);
    const out = shader.write('scores', scores, 4);
    const first = shader.param('start', start);
    return {
      name: 'scores',
      ...sizes,
      declarations: () => `${loads}
struct Row { batch: u32, row: u32 }
alias Slab = u32;
fn rowAt(batch: u32, row: u32) -> Row { return Row(batch, row); }
fn slabAt(depth: u32) -> Slab { return depth; }
fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f {
  if (row.row >= p.m || slab + offset >= p.k) { return vec4f(0.0); }
  return loadQuery(row.batch / p.heads, row.batch % p.heads, ${first} + row.row, slab + offset);
}
fn loadB(batch: u32, depth: u32, column: u32) -> vec4f {
  if (depth >= p.k || column >= p.keys) { return vec4f(0.0); }
  return loadKey(batch / p.heads, batch % p.heads, column, depth);
}
fn finish(batch: u32, row: u32, column: u32, v: vec4f) { ${out.write('((batch * p.m + row) * p.n + column) / 4u', 'v')} }`,
    };
  });
}

/** Softmax of each row in place, one workgroup a row; what no query may see becomes 0, and so does the padding. */
function emitSoftmax(node: AttentionNode, { start, rows, pitch, scores }: Chunk, emit: WgslEmitter): void {
  const { batch, heads, keys } = attentionSizes(node);
  const shader = new Shader(emit, 'softmax');
  const x = shader.write('scores', scores);
  const count = shader.param('keys', keys);
  const stride = shader.param('pitch', pitch);
  const first = shader.param('start', start);
  const chunkRows = shader.param('rows', rows);
  const visible = node.attributes.causal ? `min(${count}, ${first} + group.x + 1u)` : count;
  const loop = (limit: string) => `for (var e = thread; e < ${limit}; e += ${softmaxThreads}u)`;
  const body = `  let base = (group.y * ${chunkRows} + group.x) * ${stride};
  let seen = ${visible};
  var largest = -3.0e38;
  ${loop('seen')} { largest = max(largest, ${x.read('base + e')}); }
  let top = highest(largest, thread);
  var sum = 0.0;
  ${loop('seen')} { let w = exp(${x.read('base + e')} - top); sum += w; ${x.write('base + e', 'w')} }
  let total = reduce(sum, thread);
  ${loop(stride)} { ${x.write('base + e', `select(0.0, ${x.read('base + e')} / total, e < seen)`)} }`;
  const declarations = `${declareReduce(softmaxThreads)}\n${declareReduce(softmaxThreads, 'highest', (a, b) => `max(${a}, ${b})`)}`;
  shader.finish({ threads: softmaxThreads, grid: [rows, batch * heads, 1], declarations, body });
}

function emitValues(node: AttentionNode, { start, rows, pitch, scores }: Chunk, mass: Operand | undefined, emit: WgslEmitter): void {
  const { batch, heads, keys, queries, columns } = attentionSizes(node);
  const sizes = { batch: batch * heads, rows, columns, depth: pitch };
  emitGemm(emit, 'values', sizes, (shader): GemmProblem => {
    const weights = shader.read('scores', scores, 4);
    const load = declareValueLoad(shader, node);
    const store = declareResultStore(shader, node, mass, emit.fusion);
    shader.param('heads', heads);
    shader.param('keys', keys);
    shader.param('queries', queries);
    const first = shader.param('start', start);
    return {
      name: 'values',
      ...sizes,
      declarations: () => `${load}
${store}
struct Row { base: u32, live: bool }
alias Slab = u32;
fn rowAt(batch: u32, row: u32) -> Row { return Row((batch * p.m + row) * p.k, row < p.m); }
fn slabAt(depth: u32) -> Slab { return depth; }
fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f {
  if (!row.live || slab + offset >= p.k) { return vec4f(0.0); }
  return ${weights.read('(row.base + slab + offset) / 4u')};
}
fn loadB(batch: u32, depth: u32, column: u32) -> vec4f {
  if (depth >= p.keys || column >= p.n) { return vec4f(0.0); }
  return loadValue(batch / p.heads, batch % p.heads, depth, column);
}
fn finish(batch: u32, row: u32, column: u32, v: vec4f) {
  storeResult(batch / p.heads, batch % p.heads, ${first} + row, column, v);
}`,
    };
  });
}

/** Appends the launch that takes the mean over heads of the attention mass. */
export function emitMassMean(node: AttentionNode, mass: Operand, emit: WgslEmitter): void {
  const { batch, heads, queries, groups } = attentionSizes(node);
  const shader = new Shader(emit, 'mass mean');
  const x = shader.read('mass', mass);
  const y = shader.write('mean', operandOf(node.outputs[1]!));
  const [count, size] = [shader.param('heads', heads), shader.param('groups', groups)];
  const body = `  let base = i / ${size} * ${count} * ${size} + i % ${size};
  var sum = 0.0;
  for (var h = 0u; h < ${count}; h++) { sum += ${x.read(`base + h * ${size}`)}; }
  ${y.write('i', `sum / f32(${count})`)}`;
  finishElementwise(shader, batch * queries * groups, body);
}
