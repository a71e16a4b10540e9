import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkedScaledDotProductAttention, type ChunkedAttentionOptions } from './chunked-attention.ts';
import { webgpuDevice } from './device/device.ts';
import { boolTensor } from './mask.ts';
import { adaptiveChunkSize } from './ops/chunk-size.ts';
import { AllocationMeter } from './ops/meter.ts';
import { opNames } from './ops/op.ts';
import { memoryEfficientAttention } from './memory-efficient-attention.ts';
import { expand, permute, tensor, toFloat32, type StridedTensor, type TensorOptions } from './strided/tensor.ts';

const seed = 20261122;
const apple = webgpuDevice({ vendor: 'apple', limits: { maxStorageBufferBindingSize: 2 ** 32 - 4 } });

function made(start: number, shape: readonly number[], options: TensorOptions = {}): StridedTensor {
  let state = start;
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    Float32Array.from({ length: count }, () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 31 - 1),
    options,
  );
}

function largestDifference(a: StridedTensor, b: StridedTensor): number {
  const [left, right] = [toFloat32(a), toFloat32(b)];
  return left.reduce((worst, value, index) => Math.max(worst, Math.abs(value - right[index]!)), 0);
}

const [batch, heads, queries, keys, width] = [2, 3, 23, 9, 4];
const q = made(1, [batch, heads, queries, width]);
const k = made(2, [batch, heads, keys, width]);
const v = made(3, [batch, heads, keys, width]);
const whole = (options: ChunkedAttentionOptions) =>
  chunkedScaledDotProductAttention(q, k, v, { ...options, chunkSize: queries, force: true });

test('equals the whole result for every chunk size and every mask whose dimensions are exact or 1', () => {
  const dimension = (size: number) => fc.constantFrom(1, size);
  const shape = fc
    .tuple(dimension(batch), dimension(heads), dimension(queries), dimension(keys), fc.constantFrom(2, 3, 4))
    .map(([b, h, s, t, rank]) => [b, h, s, t].slice(4 - rank));
  const property = fc.property(
    shape,
    fc.integer({ min: 1, max: 30 }),
    fc.boolean(),
    fc.boolean(),
    (maskShape, chunkSize, isCausal, isBool) => {
      const numbers = made(9, maskShape);
      const attnMask = isBool
        ? boolTensor(
            maskShape,
            Array.from(toFloat32(numbers), (value) => value > -0.6),
          )
        : numbers;
      const got = chunkedScaledDotProductAttention(q, k, v, { attnMask, isCausal, chunkSize, force: true });
      expect(largestDifference(got, whole({ attnMask, isCausal }))).toBeLessThan(1e-6);
    },
  );
  fc.assert(property, { seed, numRuns: 200 });
});

describe('on Apple devices', () => {
  const on = (operand: StridedTensor) => ({ ...operand, device: apple });

  test('chunks only above the chunk size', () => {
    const scores = (chunkSize: number) => {
      const meter = new AllocationMeter();
      chunkedScaledDotProductAttention(on(q), on(k), on(v), { chunkSize, meter });
      return meter.peakBytes('scores');
    };
    expect(scores(4)).toBe(batch * heads * 4 * keys * 4);
    expect(scores(queries)).toBe(queries * keys * 4);
  });

  test('survives control and regional masks together: dimensions of 1 and 4096 mixed, on every op', () => {
    const length = 4096;
    const [query, key, value] = [made(4, [1, 2, length, 4]), made(5, [1, 2, 6, 4]), made(6, [1, 2, 6, 4])].map(on) as [
      StridedTensor,
      StridedTensor,
      StridedTensor,
    ];
    const regional = made(7, [1, 1, length, 6]);
    const control = made(8, [1, 1, 1, 6]);
    const both = tensor([1, 1, length, 6], toFloat32(regional).map((bias, index) => bias + toFloat32(control)[index % 6]!)); // prettier-ignore
    for (const attnMask of [regional, control, both]) {
      const expected = chunkedScaledDotProductAttention(
        { ...query, device: q.device },
        { ...key, device: q.device },
        { ...value, device: q.device },
        { attnMask },
      );
      expect(largestDifference(chunkedScaledDotProductAttention(query, key, value, { attnMask, chunkSize: 512 }), expected)).toBeLessThan(
        1e-6,
      );
      const full = expand({ ...attnMask, device: q.device }, [1, 2, length, 6]);
      const [bq, bk, bv] = [query, key, value].map((operand) => permute({ ...operand, device: q.device }, [0, 2, 1, 3])) as [
        StridedTensor,
        StridedTensor,
        StridedTensor,
      ];
      for (const op of opNames.filter((name) => !name.startsWith('onnx') && !name.includes('matrix'))) {
        const out = permute(memoryEfficientAttention(bq, bk, bv, { attnBias: full, op }), [0, 2, 1, 3]);
        expect(largestDifference(out, expected)).toBeLessThan(1e-6);
      }
    }
  });
});

test('counts causal positions from the first query of the call, not of the chunk', () => {
  const out = chunkedScaledDotProductAttention(q, q, q, { isCausal: true, chunkSize: 5, force: true });
  const first = toFloat32(out).subarray(0, width);
  expect([...first]).toEqual([...toFloat32(q).subarray(0, width)]);
  expect(largestDifference(out, chunkedScaledDotProductAttention(q, q, q, { isCausal: true }))).toBeLessThan(1e-6);
});

test('gives 0, never NaN, for rows that a mask hides entirely', () => {
  const attnMask = boolTensor(
    [queries, keys],
    Array.from({ length: queries * keys }, (_, index) => Math.floor(index / keys) !== 11),
  );
  const out = toFloat32(chunkedScaledDotProductAttention(q, k, v, { attnMask, chunkSize: 4, force: true }));
  expect([...out.subarray(11 * width, 12 * width)]).toEqual([0, 0, 0, 0]);
  expect(out.every(Number.isFinite)).toBe(true);
});

test('refuses masks that do not broadcast, chunk sizes below 1 and shapes that do not fit', () => {
  expect(() => whole({ attnMask: made(1, [batch, 1, queries, 7]) })).toThrow(
    'attn_mask of shape (2, 1, 23, 7) does not broadcast to the scores (2, 3, 23, 9)',
  );
  expect(() => chunkedScaledDotProductAttention(q, k, v, { chunkSize: 0 })).toThrow('expected a chunk size of 1 or more query rows, got 0');
  expect(() => chunkedScaledDotProductAttention(q, k, q)).toThrow('expected key [B, H, T, D] and value [B, H, T, Dv]');
});

test('adapts the chunk to the budget between 512 and 8192 rows, in powers of two', () => {
  const size = (slabs: number, keyCount: number) => adaptiveChunkSize({ slabs, keys: keyCount });
  expect(size(16, 77)).toBe(8192);
  expect(size(16, 4096)).toBe(2048);
  expect(size(16, 65536)).toBe(512);
});
