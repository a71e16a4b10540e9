import type { NodeOf } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { activationFunction } from '../wgsl/activations.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { ActivationAttributes } from './attributes.ts';

export function activationWgsl(node: NodeOf<ActivationAttributes>, emit: WgslEmitter): void {
  const { kind } = node.attributes;
  const count = elementCount(node.outputs[0]!.shape);
  const width = vectorWidth(count);
  const shader = new Shader(emit, kind);
  const x = shader.read('x', operandOf(node.inputs[0]!), width);
  const y = shader.write('y', operandOf(node.outputs[0]!), width);
  const value = width === 4 ? `activate(${x.read('i')})` : `activate(vec4f(${x.read('i')})).x`;
  finishElementwise(shader, count / width, `  ${y.write('i', value)}`, activationFunction(kind));
}
