import type { Value } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';

/** Names of an 8-bit tensor, its scale and its zero point. */
export interface QuantizedTensor {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
}

/** Rounds a tensor to u8 by its own range at run time. */
export function quantized(emit: OnnxEmitter, input: string): QuantizedTensor {
  const [values, scale, zero] = emit.nodes('DynamicQuantizeLinear', [input], { outputs: 3 }) as [string, string, string];
  return { values, scale, zero };
}

/** rows x weight + bias in f32, from u8 rows [M, K] and the 8-bit form of a weight with K inputs. */
export function eightBitProduct(emit: OnnxEmitter, rows: QuantizedTensor, weight: Value, bias: Value | undefined): string {
  const { values, scales } = emit.eightBit(weight);
  const inputs = [rows.values, values, rows.scale, scales, rows.zero, '', bias ? emit.name(bias) : ''];
  return emit.node('MatMulIntegerToFloat', bias ? inputs : inputs.slice(0, 5), { domain: 'com.microsoft' });
}
