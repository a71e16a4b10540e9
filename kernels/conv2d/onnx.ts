import { eightBitProduct, quantized } from '../eight-bit/onnx.ts';
import type { NodeOf, Value } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import type { Conv2dAttributes } from './attributes.ts';

type ConvNode = NodeOf<Conv2dAttributes>;

export function conv2dOnnx(node: ConvNode, emit: OnnxEmitter): void {
  const { kernel, stride, padding, eightBit } = node.attributes;
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: padding };
  const inputs = () => node.inputs.map((value) => emit.name(value));
  emit.define(node.outputs[0]!, eightBit ? eightBitConv(node, emit) : emit.node('Conv', inputs(), { attributes }));
}

/**
 * One matrix product over the u8 neighbourhoods of all places: ONNX Runtime's own integer convolution is slower than its f32 one, and this
 * measured 2.4 to 3.5 times as fast. The neighbourhoods take k * k bytes a value of the input.
 */
function eightBitConv(node: ConvNode, emit: OnnxEmitter): string {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  const { kernel, stride, padding } = node.attributes;
  const [batch, outputs, height, width] = node.outputs[0]!.shape as [number, number, number, number];
  const input = quantized(emit, emit.name(x));
  const [top, left, bottom, right] = padding;
  const places = emit.node('Transpose', [input.values], { attributes: { perm: [0, 2, 3, 1] } });
  const pads = emit.integers([0, top, left, 0, 0, bottom, right, 0]);
  const padded = padding.some((side) => side > 0) ? emit.node('Pad', [places, pads, input.zero]) : places;
  const axes = emit.integers([1, 2]);
  const shifted = Array.from({ length: kernel * kernel }, (_, i) => {
    const [y, dx] = [Math.floor(i / kernel), i % kernel];
    const ends = [y + stride * (height - 1) + 1, dx + stride * (width - 1) + 1];
    return emit.node('Slice', [padded, emit.integers([y, dx]), emit.integers(ends), axes, emit.integers([stride, stride])]);
  });
  const around = kernel === 1 ? shifted[0]! : emit.node('Concat', shifted, { attributes: { axis: 3 } });
  const rows = emit.reshape(around, [batch * height * width, kernel * kernel * x.shape[1]!]);
  const product = eightBitProduct(emit, { ...input, values: rows }, weight, bias);
  return emit.node('Transpose', [emit.reshape(product, [batch, height, width, outputs])], { attributes: { perm: [0, 3, 1, 2] } });
}
