import { GraphError, image, imageSizes, tokens, type Attributes, type Node, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { aliasWgsl } from '../wgsl/alias.ts';

/** Image [N, C, H, W] to tokens [N, H*W, C], row by row. Free where the back end stores images channel-last. */
export const toTokensOperation = defineOperation<Attributes>({
  name: 'toTokens',
  infer([x]): ValueType[] {
    const [n, c, h, w] = imageSizes(x);
    return [tokens(n, h * w, c)];
  },
  reference: ([x]) => [swapLastTwo(x!, [x!.shape[0]!, x!.shape[1]!, x!.shape[2]! * x!.shape[3]!])],
  onnx(node: Node, emit): void {
    const [n, c] = node.inputs[0]!.shape as [number, number];
    const flat = emit.reshape(emit.name(node.inputs[0]!), [n, c, -1]);
    emit.define(node.outputs[0]!, emit.node('Transpose', [flat], { attributes: { perm: [0, 2, 1] } }));
  },
  wgsl: aliasWgsl,
});

export interface FromTokensAttributes extends Attributes {
  readonly height: number;
  readonly width: number;
}

/** Tokens [N, H*W, C] back to the image [N, C, H, W]. */
export const fromTokensOperation = defineOperation<FromTokensAttributes>({
  name: 'fromTokens',
  infer([x], { height, width }): ValueType[] {
    const [n, s, c] = x!.shape as [number, number, number];
    if (x!.layout !== 'tokens' || s !== height * width) {
      throw new GraphError(`expected ${height * width} tokens for ${height}x${width}, got ${x!.layout} of ${s}`);
    }
    return [image(n, c, height, width)];
  },
  reference: ([x], _, outputs) => [{ shape: outputs[0]!.shape, data: swapLastTwo(x!, x!.shape as [number, number, number]).data }],
  onnx(node: Node, emit): void {
    const channelsFirst = emit.node('Transpose', [emit.name(node.inputs[0]!)], { attributes: { perm: [0, 2, 1] } });
    emit.define(node.outputs[0]!, emit.reshape(channelsFirst, node.outputs[0]!.shape));
  },
  wgsl: aliasWgsl,
});

export function toTokens(scope: Scope, x: Value): Value {
  return scope.node(toTokensOperation, [x], {}, 'to_tokens');
}

export function fromTokens(scope: Scope, x: Value, height: number, width: number): Value {
  return scope.node(fromTokensOperation, [x], { height, width }, 'from_tokens');
}

function swapLastTwo(x: Tensor, [n, rows, columns]: readonly [number, number, number]): Tensor {
  const result = floatTensor([n, columns, rows]);
  for (let b = 0; b < n; b++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) result.data[(b * columns + c) * rows + r] = x.data[(b * rows + r) * columns + c]!;
  return result;
}
