import type { Node } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { activationFunction } from '../wgsl/activations.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';

export function gegluWgsl(node: Node, emit: WgslEmitter): void {
  const out = node.outputs[0]!;
  const features = out.shape.at(-1)!;
  const width = vectorWidth(features);
  const shader = new Shader(emit, 'geglu');
  const x = shader.read('x', operandOf(node.inputs[0]!), width);
  const y = shader.write('y', operandOf(out), width);
  const size = shader.param('features', features / width);
  const gate = x.read(`at + ${size}`);
  const value = `${x.read('at')} * ${width === 4 ? `activate(${gate})` : `activate(vec4f(${gate})).x`}`;
  const body = `  let at = i / ${size} * 2u * ${size} + i % ${size};\n  ${y.write('i', value)}`;
  finishElementwise(shader, elementCount(out.shape) / width, body, activationFunction('gelu'));
}
