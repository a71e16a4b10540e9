import type { NodeOf, Value } from '../graph/graph.ts';
import { emitGroupNormTable } from '../group-norm/wgsl.ts';
import { columnsRight } from '../linear/wgsl.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { declareFinish } from '../wgsl/gemm/finish.ts';
import { emitGemm } from '../wgsl/gemm/gemm.ts';
import type { GemmProblem } from '../wgsl/gemm/problem.ts';
import { declareFetch, imageSource, type ImageSource } from '../wgsl/image-source.ts';
import type { Shader } from '../wgsl/shader.ts';
import type { Conv2dAttributes } from './attributes.ts';

/**
 * Convolution as one product whose left matrix is never stored: a row is an output pixel, depth runs over kernel rows, kernel columns,
 * channels. Joining, growing and normalising the input happen while it is read.
 */
export function conv2dWgsl(node: NodeOf<Conv2dAttributes>, emit: WgslEmitter): void {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  const source = imageSource(x, emit);
  const [n, features, outHeight, outWidth] = node.outputs[0]!.shape as [number, number, number, number];
  const { kernel } = node.attributes;
  const norm = emit.fusion.norm && { operand: emitGroupNormTable(source, emit.fusion.norm, emit), silu: emit.fusion.norm.silu };
  const sizes = {
    rows: n * outHeight * outWidth,
    columns: Math.ceil(features / 4) * 4,
    depth: kernel * kernel * source.channels,
    batch: 1,
  };
  emitGemm(emit, `conv${kernel}x${kernel}`, sizes, (shader): GemmProblem => {
    const fetch = declareFetch(shader, source, norm);
    const right = columnsRight(shader.read('weight', operandOf(weight, 'columns'), 4));
    const output = emit.fusion.output ?? node.outputs[0]!;
    const finish = declareFinish(shader, emit, { output, features, bias, rowsPerSample: outHeight * outWidth });
    const geometry = declareGeometry(shader, source, node.attributes, outHeight, outWidth);
    return {
      name: 'conv',
      ...sizes,
      declarations: (slab) => [fetch, geometry, loadLeft(source, node.attributes, slab), right, finish].join('\n'),
    };
  });
}

function declareGeometry(
  shader: Shader,
  source: ImageSource,
  { stride, padding }: Conv2dAttributes,
  outHeight: number,
  outWidth: number,
): string {
  const grown = source.isUpsampled ? 2 : 1;
  shader.param('channels', source.channels);
  shader.param('height', source.height);
  shader.param('width', source.width);
  shader.param('seenHeight', source.height * grown, 'i32');
  shader.param('seenWidth', source.width * grown, 'i32');
  shader.param('outPixels', outHeight * outWidth);
  shader.param('outWidth', outWidth);
  shader.param('step', stride);
  shader.param('top', padding[0], 'i32');
  shader.param('left', padding[1], 'i32');
  return `struct Row { sample: u32, y: i32, x: i32, live: bool }
fn rowAt(batch: u32, row: u32) -> Row {
  let pixel = row % p.outPixels;
  return Row(row / p.outPixels, i32(pixel / p.outWidth * p.step) - p.top, i32(pixel % p.outWidth * p.step) - p.left, row < p.m);
}`;
}

/** A slab that divides the channels lies within one tap, which is then decoded once a slab instead of once a vector. */
function loadLeft(source: ImageSource, { kernel }: Conv2dAttributes, slab: number): string {
  const shift = source.isUpsampled ? 1 : 0;
  const tapCode = `fn at(row: Row, tap: u32, channel: u32) -> ${source.vector === 4 ? 'vec4f' : 'f32'} {
  let y = row.y + i32(tap / ${kernel}u);
  let x = row.x + i32(tap % ${kernel}u);
  if (!row.live || y < 0 || x < 0 || y >= p.seenHeight || x >= p.seenWidth) { return ${source.vector === 4 ? 'vec4f(0.0)' : '0.0'}; }
  return fetch(row.sample, (row.sample * p.height + (u32(y) >> ${shift}u)) * p.width + (u32(x) >> ${shift}u), channel);
}`;
  if (source.vector === 4 && source.channels % slab === 0) {
    return `${tapCode}
struct Slab { tap: u32, channel: u32 }
fn slabAt(depth: u32) -> Slab { return Slab(depth / p.channels, depth % p.channels); }
fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f { return at(row, slab.tap, slab.channel + offset); }`;
  }
  const vector = '  return at(row, k / p.channels, k % p.channels);';
  const scalar = ['  var v = vec4f(0.0);', ...['x', 'y', 'z', 'w'].map((part, i) => `  if (k + ${i}u < p.k) { v.${part} = at(row, (k + ${i}u) / p.channels, (k + ${i}u) % p.channels); }`), '  return v;'].join('\n'); // prettier-ignore
  return `${tapCode}
alias Slab = u32;
fn slabAt(depth: u32) -> Slab { return depth; }
fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f {
  let k = slab + offset;
  if (k >= p.k) { return vec4f(0.0); }
${source.vector === 4 ? vector : scalar}
}`;
}
