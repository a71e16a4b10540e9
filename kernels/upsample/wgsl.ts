import type { Node } from '../graph/graph.ts';
import { coordinates, finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';

export function upsampleWgsl(node: Node, emit: WgslEmitter): void {
  const [n, height, columns, channels] = memoryShape(node.outputs[0]!) as [number, number, number, number];
  const [, h, w] = memoryShape(node.inputs[0]!) as [number, number, number];
  const width = vectorWidth(channels);
  const shader = new Shader(emit, 'upsample');
  const x = shader.read('x', operandOf(node.inputs[0]!), width);
  const y = shader.write('y', operandOf(node.outputs[0]!), width);
  const sizes = [n, height, columns, channels / width].map((size, axis) => shader.param(`size${axis}`, size));
  const [sourceHeight, sourceWidth] = [shader.param('height', h), shader.param('width', w)];
  const row = `c0 * ${sourceHeight} + c1 * ${sourceHeight} / ${sizes[1]}`;
  const source = `((${row}) * ${sourceWidth} + c2 * ${sourceWidth} / ${sizes[2]}) * ${sizes[3]} + c3`;
  finishElementwise(shader, (n * height * columns * channels) / width, `${coordinates(sizes)}\n  ${y.write('i', x.read(source))}`);
}
