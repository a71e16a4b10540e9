import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { LinearAttributes } from './attributes.ts';

export function linearReference(inputs: readonly Tensor[], _: LinearAttributes, outputs: readonly ValueType[]): Tensor[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor?];
  const result = floatTensor(outputs[0]!.shape);
  const [outFeatures, features] = weight.shape as [number, number];
  const rows = result.data.length / outFeatures;
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < outFeatures; o++) {
      let sum = bias ? bias.data[o]! : 0;
      for (let i = 0; i < features; i++) sum += x.data[row * features + i]! * weight.data[o * features + i]!;
      result.data[row * outFeatures + o] = sum;
    }
  return [result];
}
