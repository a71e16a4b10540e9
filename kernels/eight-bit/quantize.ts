import { elementCount } from '../tensor.ts';

/** A weight in 8 bits: value[k][n] * scales[n] stands for what the layer multiplies input k with for output n. */
export interface QuantizedWeight {
  /** [inputs, outputs]; the inputs of a convolution are its kernel's rows, then columns, then channels. */
  readonly values: Int8Array;
  /** [outputs]; 1 for an output whose weights are all 0. */
  readonly scales: Float32Array;
}

/**
 * Seven bits: processors with AVX2 and without VNNI add two products in 16 bits, and 2 * 255 * 127 does not fit. ONNX Runtime's exact path
 * (`session.x64quantprecision`) is no way out: it took three times as long, on processors with VNNI too.
 */
const largest = 63;

/**
 * Symmetric rounding for each output channel.
 * @param weight [outputs, inputs] or [outputs, channels, k, k], as checkpoints store it
 */
export function quantizeWeight(weight: Float32Array, shape: readonly number[]): QuantizedWeight {
  const [outputs, channels] = shape as [number, number];
  const area = elementCount(shape.slice(2));
  const inputs = channels * area;
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let n = 0; n < outputs; n++) {
    const start = n * inputs;
    let peak = 0;
    for (let i = start; i < start + inputs; i++) peak = Math.max(peak, Math.abs(weight[i]!));
    const scale = (scales[n] = peak === 0 ? 1 : peak / largest);
    for (let channel = 0, i = start; channel < channels; channel++)
      for (let place = 0; place < area; place++, i++) values[(place * channels + channel) * outputs + n] = Math.round(weight[i]! / scale);
  }
  return { values, scales };
}
