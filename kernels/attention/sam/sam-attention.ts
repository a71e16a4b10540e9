import { ValueError } from '../errors.ts';
import { AllocationMeter } from '../ops/meter.ts';
import { attentionOps } from '../ops/table.ts';
import type { OpName } from '../ops/op.ts';
import type { SlabRows } from '../ops/problem.ts';
import { toFloat32, tensor, tuple, zeros, type StridedTensor } from '../strided/tensor.ts';
import { factorBias, relPosFactors, type GridSize, type RelPosTables } from './rel-pos.ts';

/** Weights of one attention block of Segment Anything's image encoder; linear weights are [out, in]. */
export interface SamAttentionWeights extends RelPosTables {
  /** [3 * C, C]: queries, keys and values of all heads. */
  readonly qkvWeight: StridedTensor;
  readonly qkvBias: StridedTensor;
  readonly projWeight: StridedTensor;
  readonly projBias: StridedTensor;
}

export interface SamAttentionOptions {
  readonly heads: number;
  /** Side of the windows that attention is confined to; 0 attends over the whole map. */
  readonly windowSize?: number;
  readonly op?: OpName;
  readonly meter?: AllocationMeter;
}

/**
 * Attention of an image encoder block: qkv, decomposed relative positions, softmax, projection; in windows, maps are padded with zeros at the
 * right and bottom and padded tokens take part, as in the original.
 * @param hidden [B, H, W, C]
 * @returns [B, H, W, C]
 */
export function samAttention(hidden: StridedTensor, weights: SamAttentionWeights, options: SamAttentionOptions): StridedTensor {
  const [, height, width, channels] = hidden.shape as [number, number, number, number];
  if (channels % options.heads !== 0) throw new ValueError(`expected channels divisible by ${options.heads} heads, got ${channels}`);
  const window = options.windowSize ?? 0;
  if (window === 0) return attendMap(hidden, weights, options);
  const paddedWidth = Math.ceil(width / window) * window;
  const paddedHeight = Math.ceil(height / window) * window;
  const windows = moveWindows(hidden, [paddedHeight, paddedWidth], window, 'split');
  const attended = attendMap(windows, weights, options);
  return moveWindows(attended, [paddedHeight, paddedWidth], window, 'join', hidden.shape);
}

function attendMap(hidden: StridedTensor, weights: SamAttentionWeights, options: SamAttentionOptions): StridedTensor {
  const [batch, height, width, channels] = hidden.shape as [number, number, number, number];
  const { heads, op = 'flash', meter = new AllocationMeter() } = options;
  const count = height * width;
  const headWidth = channels / heads;
  const qkv = linear(toFloat32(hidden), weights.qkvWeight, weights.qkvBias, batch * count);
  const joined = zeros(hidden.shape, { device: hidden.device });
  const source = tensor([batch, count, 3 * channels], qkv);
  const rows = (from: StridedTensor, stride: number, part: number): SlabRows => ({
    source: from,
    starts: Array.from(
      { length: batch * heads },
      (_, slab) => Math.floor(slab / heads) * count * stride + part * channels + (slab % heads) * headWidth,
    ),
    rowStride: stride,
  });
  const query = rows(source, 3 * channels, 0);
  const size: GridSize = [height, width];
  const factors = relPosFactors(query, weights, { slabs: batch * heads, querySize: size, keySize: size }, meter);
  attentionOps[op].apply(
    {
      slabs: batch * heads,
      queries: count,
      keys: count,
      keyWidth: headWidth,
      valueWidth: headWidth,
      query,
      key: rows(source, 3 * channels, 1),
      value: rows(source, 3 * channels, 2),
      output: rows(joined, channels, 0),
      scale: headWidth ** -0.5,
      bias: factorBias(factors, size),
    },
    meter,
  );
  const projected = linear(joined.data as Float32Array, weights.projWeight, weights.projBias, batch * count);
  return tensor(hidden.shape, projected, { device: hidden.device });
}

/** rows [n, in] times weight^T plus bias. */
function linear(rows: Float32Array, weight: StridedTensor, bias: StridedTensor, n: number): Float32Array {
  const [outWidth, inWidth] = weight.shape as [number, number];
  if (rows.length !== n * inWidth)
    throw new ValueError(`expected a weight of ${rows.length / n} input features, got ${tuple(weight.shape)}`);
  const w = toFloat32(weight);
  const b = toFloat32(bias);
  const result = new Float32Array(n * outWidth);
  for (let row = 0; row < n; row++) {
    for (let out = 0; out < outWidth; out++) {
      let sum = b[out]!;
      for (let index = 0; index < inWidth; index++) sum += rows[row * inWidth + index]! * w[out * inWidth + index]!;
      result[row * outWidth + out] = sum;
    }
  }
  return result;
}

/** Maps [B, H, W, C] to windows [B * windows, side, side, C] with zeros outside the map, or back to `shape`. */
function moveWindows(
  source: StridedTensor,
  [paddedHeight, paddedWidth]: GridSize,
  side: number,
  direction: 'split' | 'join',
  shape: readonly number[] = source.shape,
): StridedTensor {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const across = paddedWidth / side;
  const windows = (paddedHeight / side) * across;
  const result = zeros(direction === 'split' ? [batch * windows, side, side, channels] : shape, { device: source.device });
  const from = toFloat32(source);
  const to = result.data as Float32Array;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const window = b * windows + Math.floor(y / side) * across + Math.floor(x / side);
        const inWindow = ((window * side + (y % side)) * side + (x % side)) * channels;
        const inMap = ((b * height + y) * width + x) * channels;
        const [read, write] = direction === 'split' ? [inMap, inWindow] : [inWindow, inMap];
        to.set(from.subarray(read, read + channels), write);
      }
    }
  }
  return result;
}
