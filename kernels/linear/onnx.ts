import { eightBitProduct, quantized } from '../eight-bit/onnx.ts';
import type { NodeOf, Value } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import { elementCount } from '../tensor.ts';
import type { LinearAttributes } from './attributes.ts';

/** Gemm on the rows, with the weight as the checkpoint stores it ([out, in]), so that no transposed copy is made. */
export function linearOnnx(node: NodeOf<LinearAttributes>, emit: OnnxEmitter): void {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  const output = node.outputs[0]!;
  const features = x.shape.at(-1)!;
  const flat = x.shape.length === 2 ? emit.name(x) : emit.reshape(emit.name(x), [elementCount(x.shape) / features, features]);
  const product = node.attributes.eightBit
    ? eightBitProduct(emit, quantized(emit, flat), weight, bias)
    : emit.node('Gemm', [flat, ...node.inputs.slice(1).map((value) => emit.name(value))], { attributes: { transB: 1 } });
  emit.define(output, output.shape.length === 2 ? product : emit.reshape(product, output.shape));
}
