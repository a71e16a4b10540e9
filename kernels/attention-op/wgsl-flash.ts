import { Shader } from '../wgsl/shader.ts';
import type { Operand, WgslEmitter } from '../wgsl/emitter.ts';
import { repeat } from '../wgsl/gemm/problem.ts';
import type { AttentionNode } from './attributes.ts';
import { attentionSizes, declareResultStore, declareScoreLoads, declareValueLoad, keyLoop } from './wgsl-operands.ts';

const threads = 128;
const queryRows = 64;
const keyRows = 32;
/** A thread holds 4 query rows and 4 keys, of which its 8 neighbours hold the other 28. */
const lanes = 8;
const scorePitch = keyRows + 1;
const mostColumns = 160;

interface FlashPlan {
  /** Score channels staged at once. */
  readonly slab: number;
  /** Value rows staged at once. */
  readonly valueRows: number;
  /** Result columns of one workgroup, of which each of 8 lanes holds `vectors` vectors of `width`. */
  readonly columns: number;
  readonly slices: number;
  readonly width: 1 | 2 | 4;
  readonly vectors: number;
}

/**
 * FlashAttention-2 (Dao 2023) on plain registers, for any head size: 64 queries a workgroup, keys by 32, running maximum and sum. Wide results
 * are split over workgroups, each of which computes the scores again.
 */
export function emitFlash(node: AttentionNode, mass: Operand | undefined, emit: WgslEmitter): void {
  const sizes = attentionSizes(node);
  const plan = planFlash(sizes.columns, emit.target.workgroupBytes);
  const shader = new Shader(emit, `flash ${sizes.width}+${sizes.columns}${plan.slices > 1 ? `/${plan.slices}` : ''}`);
  const loads = `${declareScoreLoads(shader, node)}\n${declareValueLoad(shader, node)}\n${declareResultStore(shader, node, mass, emit.fusion)}`;
  const isCausal = node.attributes.causal;
  const loop = keyLoop(shader, node, isCausal ? 'min(p.keys, q0 + 64u)' : 'p.keys');
  const { slab, valueRows, columns, width, vectors } = plan;
  const type = width === 1 ? 'f32' : `vec${width}f`;
  const pitch = slab / 4 + 1;
  const declarations = `${loads}
var<workgroup> tileQ: array<vec4f, ${queryRows * pitch}>;
var<workgroup> tileK: array<vec4f, ${keyRows * pitch}>;
var<workgroup> scores: array<f32, ${queryRows * scorePitch}>;
var<workgroup> tileV: array<${type}, ${(valueRows * vectors * lanes * width) / width}>;`;
  const body = `  let b = group.z / p.heads;
  let h = group.z % p.heads;
  let q0 = group.x * ${queryRows}u;
  let first = group.y * ${columns}u;
  let tr = thread / ${lanes}u * 4u;
  let lane = thread % ${lanes}u;
${repeat(4, (i) => `  var max${i} = -3.0e38; var sum${i} = 0.0;${isCausal ? ` let reach${i} = min(p.keys, q0 + tr + ${i + 1}u);` : ''}`)}
${repeat(4 * vectors, (i) => `  var acc${i} = ${type}(0.0);`)}
${loop.setup}
  for (var k0 = 0u; k0 < ${loop.limit}; k0 += ${keyRows}u) {
${repeat(16, (i) => `    var s${i} = 0.0;`)}
    for (var d0 = 0u; d0 < ${sizes.width}u; d0 += ${slab}u) {
      workgroupBarrier();
${stageRows('tileQ', 'loadQuery', 'q0', 'p.queries', queryRows, slab, sizes.width)}
${stageRows('tileK', 'loadKey', 'k0', 'p.keys', keyRows, slab, sizes.width)}
      workgroupBarrier();
      for (var c = 0u; c < ${slab / 4}u; c++) {
${repeat(4, (j) => `        let kv${j} = tileK[(${j * lanes}u + lane) * ${pitch}u + c];`)}
${repeat(4, (i) => `        let qv${i} = tileQ[(tr + ${i}u) * ${pitch}u + c];\n${repeat(4, (j) => `        s${i * 4 + j} += dot(qv${i}, kv${j});`)}`)}
      }
    }
${softmaxTile(isCausal, vectors)}
    for (var v0 = 0u; v0 < ${keyRows}u; v0 += ${valueRows}u) {
      workgroupBarrier();
${stageValues(plan, sizes.columns)}
      workgroupBarrier();
      for (var r = 0u; r < ${valueRows}u; r++) {
        let at = r * ${vectors * lanes}u + lane;
${repeat(vectors, (n) => `        let vv${n} = tileV[at + ${n * lanes}u];`)}
${repeat(4, (i) => `        let weight${i} = scores[(tr + ${i}u) * ${scorePitch}u + v0 + r];\n${repeat(vectors, (n) => `        acc${i * vectors + n} += weight${i} * vv${n};`)}`)}
      }
    }
  }
${finishRows(plan, sizes.columns)}`;
  shader.finish({ threads, grid: [Math.ceil(sizes.queries / queryRows), plan.slices, sizes.batch * sizes.heads], declarations, body });
}

function planFlash(total: number, workgroupBytes: number): FlashPlan {
  const slices = Math.ceil(total / mostColumns);
  const columns = slices === 1 ? total : Math.ceil(total / slices / 32) * 32;
  const width = columns % 32 === 0 ? 4 : columns % 16 === 0 ? 2 : 1;
  const vectors = Math.ceil(columns / (lanes * width));
  const plans = [
    { slab: 16, valueRows: 8 },
    { slab: 8, valueRows: 4 },
  ].map((stage) => ({ ...stage, columns, slices: Math.ceil(total / columns), width, vectors }) as const);
  const bytes = ({ slab, valueRows }: FlashPlan) =>
    ((queryRows + keyRows) * (slab / 4 + 1) * 4 + queryRows * scorePitch + valueRows * vectors * lanes * width) * 4;
  return plans.find((plan) => bytes(plan) <= workgroupBytes) ?? plans[1]!;
}

/** Copies `count` rows of 4-channel vectors, 0 outside. */
function stageRows(tile: string, load: string, start: string, limit: string, count: number, slab: number, width: number): string {
  const across = slab / 4;
  return `      for (var e = thread; e < ${count * across}u; e += ${threads}u) {
        let r = ${start} + e / ${across}u;
        let d = d0 + e % ${across}u * 4u;
        var v = vec4f(0.0);
        if (r < ${limit} && d < ${width}u) { v = ${load}(b, h, r, d); }
        ${tile}[e / ${across}u * ${across + 1}u + e % ${across}u] = v;
      }`;
}

/** Turns the thread's scores into weights against the new running maximum, and rescales what has been summed. */
function softmaxTile(isCausal: boolean, vectors: number): string {
  // One comparison with the end of what a row sees: chains of && are branches, over which some drivers' compilers never finish.
  const visible = (i: number, j: number) => `k0 + ${j * lanes}u + lane < ${isCausal ? `reach${i}` : 'p.keys'}`;
  const rowMaximum = (i: number) =>
    Array.from({ length: lanes }, (_, c) => `scores[at + ${c}u]`).reduce((a, b) => `max(${a}, ${b})`, `max${i}`);
  return `${repeat(16, (e) => `    s${e} = select(-3.0e38, s${e}, ${visible(e >> 2, e & 3)});`)}
${repeat(4, (i) => `    scores[(tr + ${i}u) * ${scorePitch}u + lane] = max(max(s${i * 4}, s${i * 4 + 1}), max(s${i * 4 + 2}, s${i * 4 + 3}));`)}
    workgroupBarrier();
${repeat(4, (i) => `    var grown${i} = 0.0;\n    { let at = (tr + ${i}u) * ${scorePitch}u; grown${i} = ${rowMaximum(i)}; }`)}
    workgroupBarrier();
${repeat(4, (i) => rescaleRow(i, vectors, visible))}`;
}

function rescaleRow(i: number, vectors: number, visible: (i: number, j: number) => string): string {
  return `    {
      let shrink = exp(max${i} - grown${i});
      max${i} = grown${i};
      sum${i} *= shrink;
${repeat(vectors, (n) => `      acc${i * vectors + n} *= shrink;`)}
${repeat(4, (j) => `      { let w = select(0.0, exp(s${i * 4 + j} - grown${i}), ${visible(i, j)}); sum${i} += w; scores[(tr + ${i}u) * ${scorePitch}u + ${j * lanes}u + lane] = w; }`)}
    }`;
}

function stageValues({ columns, valueRows, width, vectors }: FlashPlan, total: number): string {
  const pitch = vectors * lanes * width;
  const store = {
    1: ['x', 'y', 'z', 'w'].map((part, i) => `tileV[to + ${i}u] = v.${part};`).join(' '),
    2: 'tileV[to / 2u] = v.xy; tileV[to / 2u + 1u] = v.zw;',
    4: 'tileV[to / 4u] = v;',
  }[width];
  return `      for (var e = thread; e < ${(valueRows * pitch) / 4}u; e += ${threads}u) {
        let c = e % ${pitch / 4}u * 4u;
        let key = k0 + v0 + e / ${pitch / 4}u;
        var v = vec4f(0.0);
        if (key < p.keys && c < ${columns}u && first + c < ${total}u) { v = loadValue(b, h, key, first + c); }
        let to = e * 4u;
        ${store}
      }`;
}

/** Adds up the row sums of the 8 lanes, divides, and hands the columns of a row over by fours, through workgroup memory. */
function finishRows({ columns, width, vectors }: FlashPlan, total: number): string {
  const perPass = keyRows / width;
  const passes = Math.ceil((vectors * lanes) / perPass);
  const rowSum = Array.from({ length: lanes }, (_, c) => `scores[at + ${c}u]`).join(' + ');
  const parts = width === 1 ? [''] : ['.x', '.y', '.z', '.w'].slice(0, width);
  const put = (pass: number, i: number) =>
    repeat(Math.min(perPass / lanes, vectors - (pass * perPass) / lanes), (m) => {
      const n = (pass * perPass) / lanes + m;
      return parts
        .map(
          (part, c) =>
            `  scores[(tr + ${i}u) * ${scorePitch}u + (${m * lanes}u + lane) * ${width}u + ${c}u] = (acc${i * vectors + n} / total${i})${part};`,
        )
        .join('\n');
    });
  return `  workgroupBarrier();
${repeat(4, (i) => `  scores[(tr + ${i}u) * ${scorePitch}u + lane] = sum${i};`)}
  workgroupBarrier();
${repeat(4, (i) => `  var total${i} = 0.0;\n  { let at = (tr + ${i}u) * ${scorePitch}u; total${i} = max(${rowSum}, 1.0e-30); }`)}
${repeat(
  passes,
  (pass) => `  workgroupBarrier();
${repeat(4, (i) => put(pass, i))}
  workgroupBarrier();
  for (var e = thread; e < ${queryRows * (keyRows / 4)}u; e += ${threads}u) {
    let r = e / ${keyRows / 4}u;
    let c = ${pass * keyRows}u + e % ${keyRows / 4}u * 4u;
    if (q0 + r < p.queries && c < ${columns}u && first + c < ${total}u) {
      let at = r * ${scorePitch}u + e % ${keyRows / 4}u * 4u;
      storeResult(b, h, q0 + r, first + c, vec4f(scores[at], scores[at + 1u], scores[at + 2u], scores[at + 3u]));
    }
  }`,
)}`;
}
