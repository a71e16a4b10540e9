import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { BinaryAttributes } from './attributes.ts';

export function binaryReference(inputs: readonly Tensor[], { kind }: BinaryAttributes, outputs: readonly ValueType[]): Tensor[] {
  const [a, b] = inputs as [Tensor, Tensor];
  const result = floatTensor(outputs[0]!.shape);
  const stridesA = broadcastStrides(a.shape);
  const stridesB = broadcastStrides(b.shape);
  for (let i = 0; i < result.data.length; i++) {
    let rest = i;
    let atA = 0;
    let atB = 0;
    for (let axis = result.shape.length - 1; axis >= 0; axis--) {
      const size = result.shape[axis]!;
      const index = rest % size;
      rest = (rest - index) / size;
      atA += index * stridesA[axis]!;
      atB += index * stridesB[axis]!;
    }
    const x = a.data[atA]!;
    const y = b.data[atB]!;
    result.data[i] = kind === 'add' ? x + y : x * y;
  }
  return [result];
}

/** Row-major strides with 0 where the size is 1. */
function broadcastStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}
