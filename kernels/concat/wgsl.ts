import type { NodeOf } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { memoryAxis, memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { ConcatAttributes } from './attributes.ts';

/** One launch an input: copies its runs to their place in the output. */
export function concatWgsl(node: NodeOf<ConcatAttributes>, emit: WgslEmitter): void {
  const out = node.outputs[0]!;
  const axis = memoryAxis(out, node.attributes.axis);
  const total = elementCount(memoryShape(out).slice(axis));
  let offset = 0;
  for (const input of node.inputs) {
    const run = elementCount(memoryShape(input).slice(axis));
    const width = vectorWidth(run, total, offset);
    const shader = new Shader(emit, 'concat');
    const x = shader.read('x', operandOf(input), width);
    const y = shader.write('y', operandOf(out), width);
    const [size, stride, start] = [
      shader.param('run', run / width),
      shader.param('total', total / width),
      shader.param('start', offset / width),
    ];
    const target = `i / ${size} * ${stride} + ${start} + i % ${size}`;
    finishElementwise(shader, elementCount(input.shape) / width, `  ${y.write(target, x.read('i'))}`);
    offset += run;
  }
}
