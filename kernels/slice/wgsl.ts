import type { NodeOf } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { memoryAxis, memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { SliceAttributes } from './attributes.ts';

export function sliceWgsl(node: NodeOf<SliceAttributes>, emit: WgslEmitter): void {
  const [input] = node.inputs;
  const out = node.outputs[0]!;
  const axis = memoryAxis(input!, node.attributes.axis);
  const sizes = memoryShape(input!);
  const total = elementCount(sizes.slice(axis));
  const inner = elementCount(sizes.slice(axis + 1));
  const run = elementCount(memoryShape(out).slice(axis));
  const width = vectorWidth(run, total, node.attributes.start * inner);
  const shader = new Shader(emit, 'slice');
  const x = shader.read('x', operandOf(input!), width);
  const y = shader.write('y', operandOf(out), width);
  const size = shader.param('run', run / width);
  const source = `i / ${size} * ${shader.param('total', total / width)} + ${shader.param('start', (node.attributes.start * inner) / width)} + i % ${size}`;
  finishElementwise(shader, elementCount(out.shape) / width, `  ${y.write('i', x.read(source))}`);
}
