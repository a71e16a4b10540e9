import type { Value } from '../graph/graph.ts';
import { vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type Fusion, type Operand, type WgslEmitter } from '../wgsl/emitter.ts';
import type { BufferAccess, Shader } from '../wgsl/shader.ts';
import { attentionInputs, type AttentionNode } from './attributes.ts';

/** Sizes of one attention as its kernels see them. A bias of rank R appears as R more channels of queries and keys. */
export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
  readonly valueSize: number;
  readonly rank: number;
  readonly groups: number;
  /** Channels of a score: head size and rank, each padded to a multiple of 4. */
  readonly width: number;
  /** Columns of the result: value size and read-out groups, each padded to a multiple of 4. */
  readonly columns: number;
}

export function attentionSizes({ inputs, attributes }: AttentionNode): AttentionSizes {
  const { query, key, value, bias, groups } = attentionInputs(inputs, attributes);
  const { heads } = attributes;
  const headSize = query.shape[2]! / heads;
  const valueSize = value.shape[2]! / heads;
  const rank = bias?.key.shape[2] ?? 0;
  const groupCount = groups?.shape[2] ?? 0;
  return {
    batch: query.shape[0]!,
    heads,
    queries: query.shape[1]!,
    keys: key.shape[1]!,
    headSize,
    valueSize,
    rank,
    groups: groupCount,
    width: padded(headSize) + padded(rank),
    columns: padded(valueSize) + padded(groupCount),
  };
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/**
 * Declares `fn loadQuery` and `fn loadKey (b: u32, h: u32, row: u32, d: u32) -> vec4f`: 4 channels of the scaled query or of the key, with
 * those of the bias behind; 0 outside. The row must exist.
 */
export function declareScoreLoads(shader: Shader, node: AttentionNode): string {
  const { query, key, bias } = attentionInputs(node.inputs, node.attributes);
  const { headSize, valueSize, rank, queries, keys, heads } = attentionSizes(node);
  const width = vectorWidth(headSize, valueSize);
  const scale = shader.param('scale', node.attributes.scale, 'f32');
  shader.param('heads', heads);
  shader.param('queries', queries);
  shader.param('keys', keys);
  const load = (
    name: string,
    main: string,
    extra: string | undefined,
    rows: string,
    factor: string,
  ) => `fn ${name}(b: u32, h: u32, row: u32, d: u32) -> vec4f {
${extra ? `  if (d >= ${padded(headSize)}u) { return ${extra}; }\n` : ''}  if (d >= ${headSize}u) { return vec4f(0.0); }
  let at = ((b * ${rows} + row) * p.heads + h) * ${headSize}u + d;
  return ${main}${factor};
}`;
  const q = fourOf(shader.read('query', operandOf(query), width), 'at', 'd', headSize);
  const k = fourOf(shader.read('key', operandOf(key), width), 'at', 'd', headSize);
  if (!bias) return `${load('loadQuery', q, undefined, 'p.queries', ` * ${scale}`)}\n${load('loadKey', k, undefined, 'p.keys', '')}`;
  const u = shader.read('biasQuery', operandOf(bias.query));
  const e = shader.read('biasKey', operandOf(bias.key));
  const perHead = node.attributes.bias === 'perHead';
  const lineU = bias.query.shape[2]!;
  const batchU = shader.param('biasQueryBatch', bias.query.shape[0] === 1 ? 0 : queries);
  const batchE = shader.param('biasKeyBatch', bias.key.shape[0] === 1 ? 0 : keys);
  const r = `d - ${padded(headSize)}u`;
  const atU = `(b * ${batchU} + row) * ${lineU}u + ${perHead ? `h * ${rank}u + ` : ''}${r}`;
  const atE = `(b * ${batchE} + row) * ${rank}u + ${r}`;
  return [
    load('loadQuery', q, fourOf(u, atU, r, rank), 'p.queries', ` * ${scale}`),
    load('loadKey', k, fourOf(e, atE, r, rank), 'p.keys', ''),
  ].join('\n');
}

/** Declares `fn loadValue(b: u32, h: u32, key: u32, column: u32) -> vec4f`: 4 columns of the values, with the groups behind. The key must exist. */
export function declareValueLoad(shader: Shader, node: AttentionNode): string {
  const { value, groups } = attentionInputs(node.inputs, node.attributes);
  const { headSize, valueSize, groups: groupCount, keys } = attentionSizes(node);
  const v = fourOf(shader.read('value', operandOf(value), vectorWidth(headSize, valueSize)), 'at', 'column', valueSize);
  const lines = [`  let at = ((b * p.keys + key) * p.heads + h) * ${valueSize}u + column;`, `  return ${v};`];
  if (groups) {
    const batch = shader.param('groupBatch', groups.shape[0] === 1 ? 0 : keys);
    const g = `column - ${padded(valueSize)}u`;
    const read = fourOf(shader.read('groups', operandOf(groups)), `(b * ${batch} + key) * ${groupCount}u + ${g}`, g, groupCount);
    lines.unshift(`  if (column >= ${padded(valueSize)}u) { return ${read}; }`);
  }
  return `fn loadValue(b: u32, h: u32, key: u32, column: u32) -> vec4f {\n${lines.join('\n')}\n}`;
}

/** 4 elements from `at` on, of which `limit - column` exist; 0 for the others. */
function fourOf(buffer: BufferAccess, at: string, column: string, limit: number): string {
  if (buffer.width === 4) return buffer.read(`(${at}) / 4u`);
  const part = (i: number) => {
    if (limit % 4 === 0 || i === 0) return buffer.read(`${at} + ${i}u`);
    return `select(0.0, ${buffer.read(`${at} + min(${i}u, ${limit - 1}u - (${column}))`)}, ${column} + ${i}u < ${limit}u)`;
  };
  return `vec4f(${[0, 1, 2, 3].map(part).join(', ')})`;
}

/**
 * Declares `fn storeResult(b: u32, h: u32, row: u32, column: u32, v: vec4f)`: 4 columns of the result, from a multiple of 4 on, times the gate and
 * plus the residual where they are merged into the node. Attention mass goes to `mass`, [B, S, H, G], since the heads of a query are in
 * different workgroups.
 */
export function declareResultStore(shader: Shader, node: AttentionNode, mass: Operand | undefined, fusion: Fusion = {}): string {
  const { valueSize, groups } = attentionSizes(node);
  const width = vectorWidth(valueSize);
  const out = shader.write('result', operandOf(fusion.output ?? node.outputs[0]!), width);
  const residual = fusion.residual && shader.read('residual', operandOf(fusion.residual), width);
  const stores = fourStores(out, `((b * p.queries + row) * p.heads + h) * ${valueSize}u + column`, {
    column: 'column',
    limit: valueSize,
    factor: fusion.gate && gateRead(shader, fusion.gate),
    residual,
  });
  if (!mass) return `fn storeResult(b: u32, h: u32, row: u32, column: u32, v: vec4f) {\n${stores}\n}`;
  const column = `column - ${padded(valueSize)}u`;
  const at = `((b * p.queries + row) * p.heads + h) * ${groups}u + ${column}`;
  const masses = fourStores(shader.write('mass', mass), at, { column, limit: groups });
  return `fn storeResult(b: u32, h: u32, row: u32, column: u32, v: vec4f) {
  if (column < ${padded(valueSize)}u) {\n${stores}\n  } else {\n${masses}\n  }\n}`;
}

/** The gate of row `row` of sample `b`; steps of 0 stand for sizes of 1. */
function gateRead(shader: Shader, gate: Value): string {
  const [samples, rows] = gate.shape as [number, number, number];
  const perRow = shader.param('gateRow', rows === 1 ? 0 : 1);
  const perSample = shader.param('gateSample', samples === 1 ? 0 : rows);
  return shader.read('gate', operandOf(gate)).read(`b * ${perSample} + row * ${perRow}`);
}

interface StoreParts {
  /** Place within the columns, of which there are `limit`. */
  readonly column: string;
  readonly limit: number;
  readonly factor?: string | undefined;
  readonly residual?: BufferAccess | undefined;
}

function fourStores(buffer: BufferAccess, at: string, { column, limit, factor, residual }: StoreParts): string {
  const first = `  let at = ${at};\n  let x = v${factor ? ` * ${factor}` : ''};`;
  const sum = (value: string, index: string) => (residual ? `${value} + ${residual.read(index)}` : value);
  if (buffer.width === 4) return `${first}\n  ${buffer.write('at / 4u', sum('x', 'at / 4u'))}`;
  const stores = ['x', 'y', 'z', 'w'].map(
    (part, i) => `  if (${column} + ${i}u < ${limit}u) { ${buffer.write(`at + ${i}u`, sum(`x.${part}`, `at + ${i}u`))} }`,
  );
  return [first, ...stores].join('\n');
}

/** How a kernel's loop over keys ends, and what must stand before it. */
export interface KeyLoop {
  readonly setup: string;
  readonly limit: string;
}

/**
 * The end of the loop over keys: `last`, or 0 for an optional attention whose switch is 0, which is then no more than a sum. The switch goes through the kernel's
 * `scores` in workgroup memory, since only so does the compiler know that all threads agree on it.
 */
export function keyLoop(shader: Shader, node: AttentionNode, last: string): KeyLoop {
  const { acts } = attentionInputs(node.inputs, node.attributes);
  if (!acts) return { setup: '', limit: last };
  return {
    setup: `  if (thread == 0u) { scores[0] = ${shader.read('acts', operandOf(acts)).read('0')}; }
  let isOn = workgroupUniformLoad(&scores[0]) != 0.0;`,
    limit: `select(0u, ${last}, isOn)`,
  };
}

/** Memory for the attention mass of each head, where a read-out is asked for. */
export function massScratch(node: AttentionNode, emit: WgslEmitter): Operand | undefined {
  const { batch, queries, heads, groups } = attentionSizes(node);
  return groups > 0 ? emit.scratch(batch * queries * heads * groups, 'f32') : undefined;
}
