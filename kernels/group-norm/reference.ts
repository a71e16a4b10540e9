import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { GroupNormAttributes } from './attributes.ts';

export function groupNormReference(inputs: readonly Tensor[], attributes: GroupNormAttributes, outputs: readonly ValueType[]): Tensor[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const result = floatTensor(outputs[0]!.shape);
  const perGroup = c / attributes.groups;
  const size = perGroup * h * w;
  for (let group = 0; group < n * attributes.groups; group++) {
    const start = group * size;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += x.data[start + i]!;
    const mean = sum / size;
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (x.data[start + i]! - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / size + attributes.epsilon);
    for (let i = 0; i < size; i++) {
      const channel = (group % attributes.groups) * perGroup + Math.floor(i / (h * w));
      result.data[start + i] = (x.data[start + i]! - mean) * scale * weight.data[channel]! + bias.data[channel]!;
    }
  }
  return [result];
}
