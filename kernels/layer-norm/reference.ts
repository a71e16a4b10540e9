import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { LayerNormAttributes } from './attributes.ts';

export function layerNormReference(inputs: readonly Tensor[], { epsilon }: LayerNormAttributes, outputs: readonly ValueType[]): Tensor[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
  const result = floatTensor(outputs[0]!.shape);
  const width = x.shape.at(-1)!;
  for (let start = 0; start < x.data.length; start += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x.data[start + i]!;
    const mean = sum / width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (x.data[start + i]! - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) result.data[start + i] = (x.data[start + i]! - mean) * scale * weight.data[i]! + bias.data[i]!;
  }
  return [result];
}
