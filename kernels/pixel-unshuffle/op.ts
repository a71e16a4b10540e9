import { GraphError, image, imageSizes, type NodeOf, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import type { PixelUnshuffleAttributes } from './attributes.ts';
import { pixelUnshuffleWgsl } from './wgsl.ts';

/** Moves each factor x factor block of pixels into channels: output channel c*f*f + dy*f + dx (torch.nn.PixelUnshuffle). */
export const pixelUnshuffleOperation = defineOperation<PixelUnshuffleAttributes>({
  name: 'pixelUnshuffle',
  infer([x], { factor }): ValueType[] {
    const [n, c, h, w] = imageSizes(x);
    if (h % factor !== 0 || w % factor !== 0) throw new GraphError(`expected sides divisible by ${factor}, got ${h}x${w}`);
    return [image(n, c * factor * factor, h / factor, w / factor)];
  },
  reference([x], { factor }, outputs): Tensor[] {
    const result = floatTensor(outputs[0]!.shape);
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    let at = 0;
    for (let plane = 0; plane < n * c; plane++)
      for (let dy = 0; dy < factor; dy++)
        for (let dx = 0; dx < factor; dx++)
          for (let y = dy; y < h; y += factor)
            for (let column = dx; column < w; column += factor) result.data[at++] = x!.data[(plane * h + y) * w + column]!;
    return [result];
  },
  onnx(node: NodeOf<PixelUnshuffleAttributes>, emit): void {
    const [n, c, h, w] = node.inputs[0]!.shape as [number, number, number, number];
    const f = node.attributes.factor;
    const blocks = emit.reshape(emit.name(node.inputs[0]!), [n, c, h / f, f, w / f, f]);
    const channels = emit.node('Transpose', [blocks], { attributes: { perm: [0, 1, 3, 5, 2, 4] } });
    emit.define(node.outputs[0]!, emit.reshape(channels, node.outputs[0]!.shape));
  },
  wgsl: pixelUnshuffleWgsl,
});

export function pixelUnshuffle(scope: Scope, x: Value, factor: number): Value {
  return scope.node(pixelUnshuffleOperation, [x], { factor }, 'unshuffle');
}
