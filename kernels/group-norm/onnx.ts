import type { NodeOf, Value } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import type { GroupNormAttributes } from './attributes.ts';

/** Instance normalisation over the groups, then scale and shift: the CPU and WebGPU providers have no GroupNorm kernel. */
export function groupNormOnnx(node: NodeOf<GroupNormAttributes>, emit: OnnxEmitter): void {
  const [x, weight, bias] = node.inputs as [Value, Value, Value];
  const { groups, epsilon } = node.attributes;
  const [n, c] = x.shape as [number, number];
  const ones = emit.floats([groups], new Float32Array(groups).fill(1));
  const zeros = emit.floats([groups], new Float32Array(groups));
  const grouped = emit.reshape(emit.name(x), [n, groups, -1]);
  const normal = emit.node('InstanceNormalization', [grouped, ones, zeros], { attributes: { epsilon: { float: epsilon } } });
  const perChannel = [1, c, 1, 1];
  const scaled = emit.node('Mul', [emit.reshape(normal, x.shape), emit.reshape(emit.name(weight), perChannel)]);
  emit.define(node.outputs[0]!, emit.node('Add', [scaled, emit.reshape(emit.name(bias), perChannel)]));
}
