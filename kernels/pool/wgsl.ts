import type { Node } from '../graph/graph.ts';
import { coordinates, finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';

export function poolWgsl(node: Node, emit: WgslEmitter): void {
  const [n, height, columns, channels] = memoryShape(node.outputs[0]!) as [number, number, number, number];
  const [, h, w] = memoryShape(node.inputs[0]!) as [number, number, number];
  const width = vectorWidth(channels);
  const shader = new Shader(emit, 'pool');
  const x = shader.read('x', operandOf(node.inputs[0]!), width);
  const y = shader.write('y', operandOf(node.outputs[0]!), width);
  const sizes = [n, height, columns, channels / width].map((size, axis) => shader.param(`size${axis}`, size));
  const [sourceHeight, sourceWidth] = [shader.param('height', h), shader.param('width', w)];
  const body = `${coordinates(sizes)}
  let bottom = min(2u * c1 + 2u, ${sourceHeight});
  let right = min(2u * c2 + 2u, ${sourceWidth});
  var sum = ${width === 4 ? 'vec4f(0.0)' : '0.0'};
  for (var row = 2u * c1; row < bottom; row++) {
    for (var column = 2u * c2; column < right; column++) {
      sum += ${x.read(`((c0 * ${sourceHeight} + row) * ${sourceWidth} + column) * ${sizes[3]} + c3`)};
    }
  }
  ${y.write('i', 'sum / f32((bottom - 2u * c1) * (right - 2u * c2))')}`;
  finishElementwise(shader, (n * height * columns * channels) / width, body);
}
