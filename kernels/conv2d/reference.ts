import type { ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { Conv2dAttributes } from './attributes.ts';

export function conv2dReference(inputs: readonly Tensor[], attributes: Conv2dAttributes, outputs: readonly ValueType[]): Tensor[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor?];
  const { kernel, stride, padding } = attributes;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const result = floatTensor(outputs[0]!.shape);
  const [, outC, outH, outW] = result.shape as [number, number, number, number];
  let at = 0;
  for (let b = 0; b < n; b++)
    for (let o = 0; o < outC; o++)
      for (let oy = 0; oy < outH; oy++)
        for (let ox = 0; ox < outW; ox++) {
          let sum = bias ? bias.data[o]! : 0;
          for (let ky = 0; ky < kernel; ky++) {
            const y = oy * stride + ky - padding[0];
            if (y < 0 || y >= h) continue;
            for (let kx = 0; kx < kernel; kx++) {
              const column = ox * stride + kx - padding[1];
              if (column < 0 || column >= w) continue;
              for (let i = 0; i < c; i++) {
                sum += x.data[((b * c + i) * h + y) * w + column]! * weight.data[((o * c + i) * kernel + ky) * kernel + kx]!;
              }
            }
          }
          result.data[at++] = sum;
        }
  return [result];
}
