import type { NodeOf } from '../graph/graph.ts';
import { coordinates, finishElementwise } from '../wgsl/elementwise.ts';
import { memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { PixelUnshuffleAttributes } from './attributes.ts';

export function pixelUnshuffleWgsl(node: NodeOf<PixelUnshuffleAttributes>, emit: WgslEmitter): void {
  const [n, height, columns, channels] = memoryShape(node.outputs[0]!) as [number, number, number, number];
  const shader = new Shader(emit, 'pixelUnshuffle');
  const x = shader.read('x', operandOf(node.inputs[0]!));
  const y = shader.write('y', operandOf(node.outputs[0]!));
  const sizes = [n, height, columns, channels].map((size, axis) => shader.param(`size${axis}`, size));
  const f = shader.param('factor', node.attributes.factor);
  const row = `(c0 * ${sizes[1]} + c1) * ${f} + c3 / ${f} % ${f}`;
  const column = `c2 * ${f} + c3 % ${f}`;
  const source = `((${row}) * ${sizes[2]} * ${f} + ${column}) * (${sizes[3]} / (${f} * ${f})) + c3 / (${f} * ${f})`;
  finishElementwise(shader, n * height * columns * channels, `${coordinates(sizes)}\n  ${y.write('i', x.read(source))}`);
}
