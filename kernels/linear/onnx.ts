import type { Node } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';

/** Gemm on the rows, with the weight as the checkpoint stores it ([out, in]), so that no transposed copy is made. */
export function linearOnnx(node: Node, emit: OnnxEmitter): void {
  const [x, ...parameters] = node.inputs;
  const output = node.outputs[0]!;
  const features = x!.shape.at(-1)!;
  const rows = x!.shape.reduce((product, size) => product * size, 1) / features;
  const flat = x!.shape.length === 2 ? emit.name(x!) : emit.reshape(emit.name(x!), [rows, features]);
  const product = emit.node('Gemm', [flat, ...parameters.map((value) => emit.name(value))], { attributes: { transB: 1 } });
  emit.define(output, output.shape.length === 2 ? product : emit.reshape(product, output.shape));
}
