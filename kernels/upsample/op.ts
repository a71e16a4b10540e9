import { image, imageSizes, type Attributes, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { upsampleWgsl } from './wgsl.ts';

export interface UpsampleAttributes extends Attributes {
  readonly height: number;
  readonly width: number;
}

/** Nearest-neighbour resize of an image to a given size, with torch's rule: source = floor(target * in / out). */
export const upsampleOperation = defineOperation<UpsampleAttributes>({
  name: 'upsample',
  infer([x], { height, width }): ValueType[] {
    const [n, c] = imageSizes(x);
    return [image(n, c, height, width)];
  },
  reference([x], { height, width }, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    let at = 0;
    for (let plane = 0; plane < n * c; plane++)
      for (let y = 0; y < height; y++) {
        const row = (plane * h + Math.floor((y * h) / height)) * w;
        for (let column = 0; column < width; column++) result.data[at++] = x!.data[row + Math.floor((column * w) / width)]!;
      }
    return [result];
  },
  onnx(node: NodeOf<UpsampleAttributes>, emit): void {
    const sizes = emit.integers(node.outputs[0]!.shape);
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    emit.define(node.outputs[0]!, emit.node('Resize', [emit.name(node.inputs[0]!), '', '', sizes], { attributes }));
  },
  wgsl: upsampleWgsl,
});

/** Resize to `size`, or to twice the size. */
export function upsample(scope: Scope, x: Value, size?: { readonly height: number; readonly width: number }): Value {
  const { height, width } = size ?? { height: x.shape[2]! * 2, width: x.shape[3]! * 2 };
  return scope.node(upsampleOperation, [x], { height, width }, 'upsample');
}
