import type { Node, Value } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { declareFinish } from '../wgsl/gemm/finish.ts';
import { emitGemm } from '../wgsl/gemm/gemm.ts';
import type { GemmProblem } from '../wgsl/gemm/problem.ts';
import type { BufferAccess } from '../wgsl/shader.ts';

export function linearWgsl(node: Node, emit: WgslEmitter): void {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  const [outFeatures, depth] = weight.shape as [number, number];
  const gated = emit.fusion.gated === true;
  const rows = elementCount(x.shape) / depth;
  const sizes = { rows, columns: Math.ceil(outFeatures / 4) * 4, depth, batch: 1, isGated: gated };
  emitGemm(emit, 'linear', sizes, (shader): GemmProblem => {
    const left = shader.read('x', operandOf(x), depth % 4 === 0 ? 4 : 1);
    const right = shader.read('weight', operandOf(weight, gated ? 'gatedColumns' : 'columns'), 4);
    const finish = declareFinish(shader, emit, {
      output: emit.fusion.output ?? node.outputs[0]!,
      features: gated ? outFeatures / 2 : outFeatures,
      bias,
      rowsPerSample: rows,
    });
    return { name: 'linear', ...sizes, declarations: () => [rowMajorLeft(left), columnsRight(right), finish].join('\n') };
  });
}

/** The left matrix as rows in memory. */
function rowMajorLeft(x: BufferAccess): string {
  const vector = `  return ${x.read('(row.base + k) / 4u')};`;
  const scalar = ['  var v = vec4f(0.0);', ...['x', 'y', 'z', 'w'].map((part, i) => `  if (k + ${i}u < p.k) { v.${part} = ${x.read(`row.base + k + ${i}u`)}; }`), '  return v;'].join('\n'); // prettier-ignore
  return `struct Row { base: u32, live: bool }
alias Slab = u32;
fn rowAt(batch: u32, row: u32) -> Row { return Row(row * p.k, row < p.m); }
fn slabAt(depth: u32) -> Slab { return depth; }
fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f {
  let k = slab + offset;
  if (!row.live || k >= p.k) { return vec4f(0.0); }
${x.width === 4 ? vector : scalar}
}`;
}

/** The right matrix as a weight in `columns` order. */
export function columnsRight(weight: BufferAccess): string {
  return `fn loadB(batch: u32, depth: u32, column: u32) -> vec4f {
  if (depth >= p.k || column >= p.n) { return vec4f(0.0); }
  return ${weight.read('(depth * p.n + column) / 4u')};
}`;
}
