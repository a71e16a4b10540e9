import { GraphError, image, imageSizes, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { Conv2dAttributes } from './attributes.ts';
import { conv2dOnnx } from './onnx.ts';
import { conv2dReference } from './reference.ts';
import { conv2dWgsl } from './wgsl.ts';

/** 2-D convolution of an image: inputs x [N, C, H, W], weight [O, C, k, k], optional bias [O]. */
export const conv2dOperation = defineOperation<Conv2dAttributes>({
  name: 'conv2d',
  infer: inferConv2d,
  reference: conv2dReference,
  onnx: conv2dOnnx,
  wgsl: conv2dWgsl,
});

export interface Conv2dOptions {
  readonly outChannels: number;
  readonly kernel?: number;
  readonly stride?: number;
  /** One number for all sides, or top, left, bottom, right. Keeps the size of a stride-1 convolution unless stated. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly bias?: boolean;
}

/** Convolution with the module's `weight` and `bias`. */
export function conv2d(scope: Scope, x: Value, options: Conv2dOptions): Value {
  const { outChannels, kernel = 3, stride = 1, padding = kernel >> 1, bias = true } = options;
  const weight = scope.weight('weight', [outChannels, x.shape[1]!, kernel, kernel]);
  const sides = typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
  const inputs = bias ? [x, weight, scope.weight('bias', [outChannels])] : [x, weight];
  return scope.node(conv2dOperation, inputs, { kernel, stride, padding: sides });
}

function inferConv2d(inputs: readonly ValueType[], { kernel, stride, padding }: Conv2dAttributes): ValueType[] {
  const [x, weight] = inputs;
  const [n, c, h, w] = imageSizes(x);
  const [out, inC, kh, kw] = weight!.shape as [number, number, number, number];
  if (inC !== c || kh !== kernel || kw !== kernel) {
    throw new GraphError(`expected a weight [*, ${c}, ${kernel}, ${kernel}], got [${weight!.shape.join(', ')}]`);
  }
  const [top, left, bottom, right] = padding;
  const outH = Math.floor((h + top + bottom - kernel) / stride) + 1;
  const outW = Math.floor((w + left + right - kernel) / stride) + 1;
  if (outH < 1 || outW < 1) throw new GraphError(`image ${h}x${w} is smaller than the ${kernel}x${kernel} kernel`);
  return [image(n, out, outH, outW)];
}
