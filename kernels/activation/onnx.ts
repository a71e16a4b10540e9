import type { NodeOf } from '../graph/graph.ts';
import type { OnnxEmitter, OnnxNodeOptions } from '../onnx/emitter.ts';
import type { ActivationAttributes, ActivationKind } from './attributes.ts';

/** com.microsoft QuickGelu computes x * sigmoid(alpha x), so SiLU is its alpha 1. */
const kernels: Readonly<Record<ActivationKind, readonly [string, OnnxNodeOptions]>> = {
  silu: ['QuickGelu', { domain: 'com.microsoft', attributes: { alpha: { float: 1 } } }],
  quickGelu: ['QuickGelu', { domain: 'com.microsoft', attributes: { alpha: { float: 1.702 } } }],
  gelu: ['Gelu', {}],
  relu: ['Relu', {}],
  tanh: ['Tanh', {}],
};

export function activationOnnx(node: NodeOf<ActivationAttributes>, emit: OnnxEmitter): void {
  const [type, options] = kernels[node.attributes.kind];
  emit.define(node.outputs[0]!, emit.node(type, [emit.name(node.inputs[0]!)], options));
}
