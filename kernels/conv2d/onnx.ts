import type { Node } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import type { Conv2dAttributes } from './attributes.ts';

export function conv2dOnnx(node: Node & { readonly attributes: Conv2dAttributes }, emit: OnnxEmitter): void {
  const { kernel, stride, padding } = node.attributes;
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: padding };
  emit.define(node.outputs[0]!, emit.node('Conv', node.inputs.map((value) => emit.name(value)), { attributes })); // prettier-ignore
}
