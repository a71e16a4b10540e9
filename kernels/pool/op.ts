import { image, imageSizes, type Attributes, type Node, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { poolWgsl } from './wgsl.ts';

/** 2x2 average pooling with stride 2; a last odd row or column is averaged over what there is (torch's ceil_mode). */
export const poolOperation = defineOperation<Attributes>({
  name: 'pool',
  infer([x]): ValueType[] {
    const [n, c, h, w] = imageSizes(x);
    return [image(n, c, Math.ceil(h / 2), Math.ceil(w / 2))];
  },
  reference([x], _, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    const [outH, outW] = result.shape.slice(2) as [number, number];
    let at = 0;
    for (let plane = 0; plane < n * c; plane++)
      for (let y = 0; y < outH; y++)
        for (let column = 0; column < outW; column++) {
          let sum = 0;
          let count = 0;
          for (let dy = 0; dy < 2 && y * 2 + dy < h; dy++)
            for (let dx = 0; dx < 2 && column * 2 + dx < w; dx++, count++) {
              sum += x!.data[(plane * h + y * 2 + dy) * w + column * 2 + dx]!;
            }
          result.data[at++] = sum / count;
        }
    return [result];
  },
  onnx(node: Node, emit): void {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 };
    emit.define(node.outputs[0]!, emit.node('AveragePool', [emit.name(node.inputs[0]!)], { attributes }));
  },
  wgsl: poolWgsl,
});

export function averagePool(scope: Scope, x: Value): Value {
  return scope.node(poolOperation, [x], {}, 'pool');
}
