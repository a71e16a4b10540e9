import type { NodeOf } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import type { BinaryAttributes } from './attributes.ts';

export function binaryOnnx(node: NodeOf<BinaryAttributes>, emit: OnnxEmitter): void {
  const type = node.attributes.kind === 'add' ? 'Add' : 'Mul';
  emit.define(node.outputs[0]!, emit.node(type, node.inputs.map((value) => emit.name(value)))); // prettier-ignore
}
