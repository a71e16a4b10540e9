import type { Node } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';

export function selectTokenWgsl(node: Node, emit: WgslEmitter): void {
  const [input, positions] = node.inputs;
  const out = node.outputs[0]!;
  const [, length, features] = input!.shape as [number, number, number];
  const width = vectorWidth(features);
  const shader = new Shader(emit, 'selectToken');
  const x = shader.read('x', operandOf(input!), width);
  const at = shader.read('positions', operandOf(positions!));
  const y = shader.write('y', operandOf(out), width);
  const size = shader.param('features', features / width);
  const token = `i / ${size} * ${shader.param('tokens', length)} + u32(${at.read(`i / ${size}`)})`;
  finishElementwise(shader, elementCount(out.shape) / width, `  ${y.write('i', x.read(`(${token}) * ${size} + i % ${size}`))}`);
}
