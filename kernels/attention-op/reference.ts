import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { attentionInputs, type AttentionAttributes } from './attributes.ts';
import { attentionByKernel } from './by-kernel.ts';

/** The formula as it stands, one query row at a time, in f64, or the kernel that `base` names. A row that sees nothing gives 0. */
export function attentionReference(inputs: readonly Tensor[], attributes: AttentionAttributes, outputs: readonly ValueType[]): Tensor[] {
  if (attentionInputs(inputs, attributes).acts?.data[0] === 0) return outputs.map(({ shape }) => floatTensor(shape));
  if (attributes.base !== 'auto') return attentionByKernel(inputs, attributes, outputs);
  const { heads, scale, causal } = attributes;
  const { query, key, value, bias, groups } = attentionInputs(inputs, attributes);
  const [batch, s, width] = query.shape as [number, number, number];
  const t = key.shape[1]!;
  const size = width / heads;
  const valueSize = value.shape[2]! / heads;
  const out = floatTensor(outputs[0]!.shape);
  const mass = groups ? floatTensor(outputs[1]!.shape) : undefined;
  const weights = new Float64Array(t);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < s; i++) {
        const visible = causal ? Math.min(i + 1, t) : t;
        for (let j = 0; j < visible; j++) {
          let score = 0;
          for (let d = 0; d < size; d++)
            score += query.data[(b * s + i) * width + h * size + d]! * key.data[(b * t + j) * width + h * size + d]!;
          weights[j] = score * scale + (bias ? biasAt(bias, attributes, b, h, i, j) : 0);
        }
        softmax(weights, visible);
        for (let d = 0; d < valueSize; d++) {
          let sum = 0;
          for (let j = 0; j < visible; j++) sum += weights[j]! * value.data[((b * t + j) * heads + h) * valueSize + d]!;
          out.data[((b * s + i) * heads + h) * valueSize + d] = sum;
        }
        if (mass && groups) addMass(mass, groups, weights, { b, i, s, t, visible, heads });
      }
  return mass ? [out, mass] : [out];
}

function biasAt(
  bias: { query: Tensor; key: Tensor },
  { bias: kind, heads }: AttentionAttributes,
  b: number,
  h: number,
  i: number,
  j: number,
): number {
  const rank = bias.key.shape[2]!;
  const width = bias.query.shape[2]!;
  const row = ((bias.query.shape[0] === 1 ? 0 : b) * bias.query.shape[1]! + i) * width + (kind === 'perHead' ? h * (width / heads) : 0);
  const column = ((bias.key.shape[0] === 1 ? 0 : b) * bias.key.shape[1]! + j) * rank;
  let sum = 0;
  for (let r = 0; r < rank; r++) sum += bias.query.data[row + r]! * bias.key.data[column + r]!;
  return sum;
}

function softmax(weights: Float64Array, count: number): void {
  let largest = -Infinity;
  for (let j = 0; j < count; j++) largest = Math.max(largest, weights[j]!);
  let sum = 0;
  for (let j = 0; j < count; j++) sum += weights[j] = largest === -Infinity ? 0 : Math.exp(weights[j]! - largest);
  if (sum > 0) for (let j = 0; j < count; j++) weights[j]! /= sum;
}

interface Position {
  readonly b: number;
  readonly i: number;
  readonly s: number;
  readonly t: number;
  readonly visible: number;
  readonly heads: number;
}

function addMass(mass: Tensor, groups: Tensor, weights: Float64Array, { b, i, s, t, visible, heads }: Position): void {
  const count = groups.shape[2]!;
  const batch = groups.shape[0] === 1 ? 0 : b;
  for (let j = 0; j < visible; j++)
    for (let g = 0; g < count; g++)
      mass.data[(b * s + i) * count + g]! += (weights[j]! * groups.data[(batch * t + j) * count + g]!) / heads;
}
