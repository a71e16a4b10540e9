import { GraphError, plain, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { TimestepEmbeddingAttributes } from './attributes.ts';
import { timestepFrequencies } from './frequencies.ts';
import { timestepEmbeddingWgsl } from './wgsl.ts';

/** Sinusoidal embedding of numbers [B] as [B, width] (Vaswani et al. 2017; diffusers get_timestep_embedding). */
export const timestepEmbeddingOperation = defineOperation<TimestepEmbeddingAttributes>({
  name: 'timestepEmbedding',
  infer([t], { width }): ValueType[] {
    if (t?.shape.length !== 1) throw new GraphError(`expected numbers of rank 1, got rank ${t?.shape.length ?? 0}`);
    if (width % 2 !== 0) throw new GraphError(`expected an even width, got ${width}`);
    return [plain(t.shape[0]!, width)];
  },
  reference([t], attributes, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const frequencies = timestepFrequencies(attributes);
    const half = frequencies.length;
    t!.data.forEach((time, b) => {
      frequencies.forEach((frequency, i) => {
        const angle = Math.fround(time * frequency);
        const row = b * half * 2;
        result.data[row + i] = attributes.flipSinToCos ? Math.cos(angle) : Math.sin(angle);
        result.data[row + half + i] = attributes.flipSinToCos ? Math.sin(angle) : Math.cos(angle);
      });
    });
    return [result];
  },
  onnx(node: NodeOf<TimestepEmbeddingAttributes>, emit): void {
    const frequencies = timestepFrequencies(node.attributes);
    const column = emit.reshape(emit.name(node.inputs[0]!), [node.inputs[0]!.shape[0]!, 1]);
    const angles = emit.node('Mul', [column, emit.floats([1, frequencies.length], frequencies)]);
    const waves = [emit.node('Sin', [angles]), emit.node('Cos', [angles])];
    if (node.attributes.flipSinToCos) waves.reverse();
    emit.define(node.outputs[0]!, emit.node('Concat', waves, { attributes: { axis: 1 } }));
  },
  wgsl: timestepEmbeddingWgsl,
});

export function timestepEmbedding(scope: Scope, t: Value, attributes: TimestepEmbeddingAttributes): Value {
  return scope.node(timestepEmbeddingOperation, [t], attributes, 'sinusoid');
}
