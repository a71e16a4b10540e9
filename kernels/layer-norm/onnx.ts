import type { NodeOf } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import type { LayerNormAttributes } from './attributes.ts';

export function layerNormOnnx(node: NodeOf<LayerNormAttributes>, emit: OnnxEmitter): void {
  const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
  emit.define(node.outputs[0]!, emit.node('LayerNormalization', node.inputs.map((value) => emit.name(value)), { attributes })); // prettier-ignore
}
