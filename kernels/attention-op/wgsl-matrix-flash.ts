import type { MatrixShape, Operand, WgslEmitter, WgslTarget } from '../wgsl/emitter.ts';
import { repeat } from '../wgsl/gemm/problem.ts';
import { Shader } from '../wgsl/shader.ts';
import type { AttentionNode } from './attributes.ts';
import { attentionSizes, declareResultStore, declareScoreLoads, declareValueLoad, keyLoop, type AttentionSizes } from './wgsl-operands.ts';

const subgroups = 4;
/** A row keeps its old maximum until a new one is this much larger: exp(8) still fits f16, and rescaling passes through memory. */
const slack = 8;
const widest = 160;

interface MatrixFlashPlan {
  readonly queryRows: number;
  readonly keyRows: number;
  /** Score channels and result columns, padded to whole matrices. */
  readonly width: number;
  readonly columns: number;
  readonly lanesPerRow: number;
  readonly bytes: number;
}

function planMatrixFlash({ width, columns }: AttentionSizes, { m, n, k, component, subgroupSize }: MatrixShape): MatrixFlashPlan {
  const [paddedWidth, paddedColumns] = [Math.ceil(width / k) * k, Math.ceil(columns / n) * n];
  const queryRows = subgroups * m;
  const keyRows = component === 'f32' && Math.max(paddedWidth, paddedColumns) >= 128 ? 16 : 32;
  const componentBytes = component === 'f32' ? 4 : 2;
  const staged = Math.max(queryRows * paddedWidth, keyRows * Math.max(paddedWidth, paddedColumns));
  const bytes = staged * componentBytes + queryRows * keyRows * (4 + componentBytes) + 16;
  return { queryRows, keyRows, width: paddedWidth, columns: paddedColumns, lanesPerRow: subgroupSize / m, bytes };
}

/** Whether the matrix units, the registers and the workgroup memory of a device hold this attention. */
export function fitsMatrixFlash(sizes: AttentionSizes, { matrix, workgroupBytes, maxInvocations }: WgslTarget): boolean {
  if (!matrix || sizes.queries < matrix.m || Math.max(sizes.width, sizes.columns) > widest) return false;
  const { lanesPerRow, bytes } = planMatrixFlash(sizes, matrix);
  return Number.isInteger(lanesPerRow) && lanesPerRow <= 8 && bytes <= workgroupBytes && subgroups * matrix.subgroupSize <= maxInvocations;
}

/**
 * FlashAttention-2 on subgroup matrices: queries and sums stay in matrices, keys and values pass through workgroup memory, weights too, since a
 * result cannot become an operand. WGSL cannot scale the rows of a matrix, so sums are rescaled through memory, and only when a maximum
 * has outgrown the slack, which happens in the first tiles.
 */
export function emitMatrixFlash(node: AttentionNode, mass: Operand | undefined, emit: WgslEmitter): void {
  const sizes = attentionSizes(node);
  const shape = emit.target.matrix!;
  const plan = planMatrixFlash(sizes, shape);
  const shader = new Shader(emit, `flash matrix ${sizes.width}+${sizes.columns}`);
  const loads = `${declareScoreLoads(shader, node)}\n${declareValueLoad(shader, node)}\n${declareResultStore(shader, node, mass, emit.fusion)}`;
  const { queryRows, keyRows, width, columns, lanesPerRow } = plan;
  const { component: type, m, n, k, subgroupSize } = shape;
  const threads = subgroups * subgroupSize;
  const [depthSteps, keySteps, columnSteps] = [width / k, keyRows / n, columns / n];
  const strip = m * keyRows;
  const loop = keyLoop(shader, node, node.attributes.causal ? `min(p.keys, q0 + ${queryRows}u)` : 'p.keys');
  const declarations = `${loads}
alias Left = subgroup_matrix_left<${type}, ${k}, ${m}>;
alias Right = subgroup_matrix_right<${type}, ${n}, ${k}>;
alias Sum = subgroup_matrix_result<f32, ${n}, ${m}>;
var<workgroup> staged: array<${type}, ${Math.max(queryRows * width, keyRows * Math.max(width, columns))}>;
var<workgroup> scores: array<f32, ${queryRows * keyRows}>;
var<workgroup> weights: array<${type}, ${queryRows * keyRows}>;
var<workgroup> outgrown: atomic<u32>;`;
  const body = `  let b = group.y / p.heads;
  let h = group.y % p.heads;
  let q0 = group.x * ${queryRows}u;
  let row = lane / ${lanesPerRow}u;
  let part = lane % ${lanesPerRow}u;
  let q = min(q0 + subgroup * ${m}u + row, p.queries - 1u);
  let own = subgroup * ${strip}u;
${stage({ load: 'loadQuery', start: 'q0', limit: 'p.queries', rows: queryRows, pitch: width, real: sizes.width }, threads, type)}
  workgroupBarrier();
${repeat(depthSteps, (i) => `  let q_${i} = subgroupMatrixLoad<Left, row_major>(&staged, subgroup * ${m * width}u + ${i * k}u, ${width}u);`)}
${repeat(columnSteps, (i) => `  var o_${i} = Sum();`)}
  var highest = -3.0e38;
  var total = 0.0;
${loop.setup}
  for (var k0 = 0u; k0 < ${loop.limit}; k0 += ${keyRows}u) {
    workgroupBarrier();
    if (thread == 0u) { atomicStore(&outgrown, 0u); }
${stage({ load: 'loadKey', start: 'k0', limit: 'p.keys', rows: keyRows, pitch: width, real: sizes.width }, threads, type)}
    workgroupBarrier();
${repeat(keySteps, (j) => scoreMatrix(j, depthSteps, { n, k, width, keyRows }))}
    workgroupBarrier();
${stage({ load: 'loadValue', start: 'k0', limit: 'p.keys', rows: keyRows, pitch: columns, real: sizes.columns }, threads, type)}
${softmaxRows(node.attributes.causal, plan, shape, columnSteps)}
    workgroupBarrier();
${repeat(
  keyRows / k,
  (j) => `    {
      let w = subgroupMatrixLoad<Left, row_major>(&weights, own + ${j * k}u, ${keyRows}u);
${repeat(columnSteps, (i) => `      o_${i} = subgroupMatrixMultiplyAccumulate(w, subgroupMatrixLoad<Right, row_major>(&staged, ${j * k * columns + i * n}u, ${columns}u), o_${i});`)}
    }`,
)}
  }
  let factor = 1.0 / max(total, 1.0e-30);
${repeat(columnSteps, (i) => storeMatrix(i, plan, shape, sizes.columns))}`;
  const grid = [Math.ceil(sizes.queries / queryRows), sizes.batch * sizes.heads, 1] as const;
  shader.finish({ threads, grid, declarations, body, subgroups: { size: subgroupSize, matrix: true } });
}

interface Staged {
  /** Function that loads a vector of a row. */
  readonly load: string;
  /** Expressions: the first row, and the end of rows that exist. */
  readonly start: string;
  readonly limit: string;
  /** Rows and values a row in workgroup memory; `real` of these exist. */
  readonly rows: number;
  readonly pitch: number;
  readonly real: number;
}

/** Copies rows into workgroup memory, 0 outside. */
function stage({ load, start, limit, rows, pitch, real }: Staged, threads: number, type: string): string {
  const parts = ['x', 'y', 'z', 'w'].map((part, i) => `staged[e * 4u + ${i}u] = ${type}(v.${part});`).join(' ');
  return `  for (var e = thread; e < ${(rows * pitch) / 4}u; e += ${threads}u) {
    let r = ${start} + e / ${pitch / 4}u;
    let d = e % ${pitch / 4}u * 4u;
    var v = vec4f(0.0);
    if (r < ${limit} && d < ${real}u) { v = ${load}(b, h, r, d); }
    ${parts}
  }`;
}

function scoreMatrix(
  j: number,
  depthSteps: number,
  { n, k, width, keyRows }: { n: number; k: number; width: number; keyRows: number },
): string {
  return `    {
      var s = Sum();
${repeat(depthSteps, (i) => `      s = subgroupMatrixMultiplyAccumulate(q_${i}, subgroupMatrixLoad<Right, col_major>(&staged, ${j * n * width + i * k}u, ${width}u), s);`)}
      subgroupMatrixStore<row_major>(&scores, own + ${j * n}u, s, ${keyRows}u);
    }`;
}

/** Folds a number over the lanes that share a row. */
function overRow(name: string, lanesPerRow: number, fold: (a: string, b: string) => string): string {
  return [1, 2, 4]
    .filter((step) => step < lanesPerRow)
    .map((step) => `    ${name} = ${fold(name, `subgroupShuffleXor(${name}, ${step}u)`)};`)
    .join('\n');
}

function softmaxRows(
  isCausal: boolean,
  { keyRows, lanesPerRow }: MatrixFlashPlan,
  { m, n, component }: MatrixShape,
  columnSteps: number,
): string {
  const share = keyRows / lanesPerRow;
  const at = `own + row * ${keyRows}u + part * ${share}u + c`;
  const visible = isCausal ? 'key < min(p.keys, q + 1u)' : 'key < p.keys';
  const strip = m * keyRows;
  return `    var x = array<f32, ${share}>();
    var largest = -3.0e38;
    for (var c = 0u; c < ${share}u; c++) {
      let key = k0 + part * ${share}u + c;
      x[c] = select(-3.0e38, scores[${at}], ${visible});
      largest = max(largest, x[c]);
    }
${overRow('largest', lanesPerRow, (a, b) => `max(${a}, ${b})`)}
    if (largest > highest + ${slack}.0) { atomicOr(&outgrown, 1u); }
    if (workgroupUniformLoad(&outgrown) != 0u) {
      let grown = max(highest, largest);
      let shrink = exp(highest - grown);
      highest = grown;
      total *= shrink;
${repeat(
  columnSteps,
  (i) => `      subgroupMatrixStore<row_major>(&scores, subgroup * ${strip}u, o_${i}, ${n}u);
      workgroupBarrier();
      for (var c = part; c < ${n}u; c += ${lanesPerRow}u) { scores[own + row * ${n}u + c] *= shrink; }
      workgroupBarrier();
      o_${i} = subgroupMatrixLoad<Sum, row_major>(&scores, subgroup * ${strip}u, ${n}u);
      workgroupBarrier();`,
)}
    }
    var sum = 0.0;
    for (var c = 0u; c < ${share}u; c++) {
      let key = k0 + part * ${share}u + c;
      let w = select(0.0, exp(x[c] - highest), ${visible});
      sum += w;
      weights[${at}] = ${component}(w);
    }
${overRow('sum', lanesPerRow, (a, b) => `${a} + ${b}`)}
    total += sum;`;
}

function storeMatrix(i: number, { keyRows, lanesPerRow }: MatrixFlashPlan, { m, n, subgroupSize }: MatrixShape, columns: number): string {
  return `  workgroupBarrier();
  subgroupMatrixStore<row_major>(&scores, subgroup * ${m * keyRows}u, o_${i}, ${n}u);
  workgroupBarrier();
  for (var c = part; c < ${n}u; c += ${lanesPerRow}u) { scores[own + row * ${n}u + c] *= factor; }
  workgroupBarrier();
  for (var e = lane; e < ${(m * n) / 4}u; e += ${subgroupSize}u) {
    let r = q0 + subgroup * ${m}u + e / ${n / 4}u;
    let c = ${i * n}u + e % ${n / 4}u * 4u;
    let at = own + e * 4u;
    if (r < p.queries && c < ${columns}u) { storeResult(b, h, r, c, vec4f(scores[at], scores[at + 1u], scores[at + 2u], scores[at + 3u])); }
  }`;
}
