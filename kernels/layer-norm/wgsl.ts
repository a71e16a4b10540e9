import type { NodeOf, Value } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { declareReduce } from '../wgsl/reduce.ts';
import { maxGroups, Shader } from '../wgsl/shader.ts';
import type { LayerNormAttributes } from './attributes.ts';

const threads = 64;

/** One workgroup a row: mean, squares about the mean, result. The row is read three times, twice of them from cache. */
export function layerNormWgsl(node: NodeOf<LayerNormAttributes>, emit: WgslEmitter): void {
  const [input, weight, bias] = node.inputs as [Value, Value, Value];
  const features = input.shape.at(-1)!;
  const rows = elementCount(input.shape) / features;
  const width = vectorWidth(features);
  const shader = new Shader(emit, 'layerNorm');
  const x = shader.read('x', operandOf(input), width);
  const gamma = shader.read('gamma', operandOf(weight), width);
  const beta = shader.read('beta', operandOf(bias), width);
  const y = shader.write('y', operandOf(node.outputs[0]!), width);
  const size = shader.param('features', features / width);
  const count = shader.param('rows', rows);
  const epsilon = shader.param('epsilon', node.attributes.epsilon, 'f32');
  const columns = Math.min(rows, maxGroups);
  const loop = `for (var e = thread; e < ${size}; e += ${threads}u)`;
  const sum = width === 4 ? `dot(${x.read('base + e')}, vec4f(1.0))` : x.read('base + e');
  const body = `  let row = group.y * ${shader.param('columns', columns)} + group.x;
  if (row >= ${count}) { return; }
  let base = row * ${size};
  var sum = 0.0;
  ${loop} { sum += ${sum}; }
  let mean = reduce(sum, thread) / f32(${size} * ${width}u);
  var squares = 0.0;
  ${loop} { let d = ${x.read('base + e')} - mean; squares += ${width === 4 ? 'dot(d, d)' : 'd * d'}; }
  let scale = inverseSqrt(reduce(squares, thread) / f32(${size} * ${width}u) + ${epsilon});
  ${loop} { ${y.write('base + e', `(${x.read('base + e')} - mean) * scale * ${gamma.read('e')} + ${beta.read('e')}`)} }`;
  shader.finish({ threads, grid: [columns, Math.ceil(rows / columns), 1], declarations: declareReduce(threads), body });
}
