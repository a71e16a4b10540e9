import { expect, test } from 'vitest';
import { AllocationMeter } from '../ops/meter.ts';
import { tensor, toFloat32, type StridedTensor } from '../strided/tensor.ts';
import { blockedAttention } from './blocked-attention.ts';
import { addDecomposedRelPos, getRelPos } from './rel-pos.ts';

function made(start: number, ...shape: number[]): StridedTensor {
  let state = start;
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    Float32Array.from({ length: count }, () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 31 - 1),
  );
}

const [height, width, channels] = [8, 12, 6];
const q = made(1, 2, height, width, channels);
const k = made(2, 2, height, width, channels);
const v = made(3, 2, height, width, channels);
const tables = { relPosH: made(4, 2 * height - 1, channels), relPosW: made(5, 17, channels) };

/** softmax(scale q k^T + positions) v in f64, with the positions added to dense scores. */
function plain(scale: number, withPositions: boolean): Float64Array {
  const count = height * width;
  const scores = new Float32Array(2 * count * count);
  const [qs, ks, vs] = [q, k, v].map(toFloat32) as [Float32Array, Float32Array, Float32Array];
  for (let row = 0; row < 2 * count; row++) {
    for (let j = 0; j < count; j++) {
      for (let c = 0; c < channels; c++)
        scores[row * count + j]! += scale * qs[row * channels + c]! * ks[(Math.floor(row / count) * count + j) * channels + c]!;
    }
  }
  const dense = tensor([2, count, count], scores);
  const query = tensor([2, count, channels], qs);
  const size = [height, width] as const;
  const all = toFloat32(withPositions ? addDecomposedRelPos(dense, query, tables, size, size) : dense);
  const out = new Float64Array(2 * count * channels);
  for (let row = 0; row < 2 * count; row++) {
    const weights = Array.from(all.subarray(row * count, (row + 1) * count), Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, j) => {
      for (let c = 0; c < channels; c++)
        out[row * channels + c]! += (weight / total) * vs[(Math.floor(row / count) * count + j) * channels + c]!;
    });
  }
  return out;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)));
}

test.each([1, 2, 4])('blocked attention in %i parts a side equals the plain form, with and without positions', (div) => {
  const scale = channels ** -0.5;
  expect(largestDifference(toFloat32(blockedAttention(q, k, v, { div })), plain(scale, false))).toBeLessThan(1e-6);
  expect(largestDifference(toFloat32(blockedAttention(q, k, v, { div, ...tables })), plain(scale, true))).toBeLessThan(1e-6);
});

test('takes the positions from the query without the scale', () => {
  expect(largestDifference(toFloat32(blockedAttention(q, k, v, { scale: 0.01, ...tables })), plain(0.01, true))).toBeLessThan(1e-6);
});

test('stores a sixteenth of the scores at 4 parts a side', () => {
  const one = [q, k, v].map((map) => ({ ...map, shape: [1, height, width, channels] as const })) as readonly StridedTensor[] as [
    StridedTensor,
    StridedTensor,
    StridedTensor,
  ];
  const bytes = (div: number) => {
    const meter = new AllocationMeter();
    blockedAttention(...one, { div, ...tables, meter });
    return meter.peakBytes('scores');
  };
  expect(bytes(1)).toBe((height * width) ** 2 * 4);
  expect(bytes(4)).toBe(bytes(1) / 16);
});

test('refuses sides that div does not divide, and one table without the other', () => {
  expect(() => blockedAttention(q, k, v, { div: 5 })).toThrow(
    'expected the height and width of query to be divisible by div = 5, got 8 x 12',
  );
  expect(() => blockedAttention(q, k, v, { relPosH: tables.relPosH })).toThrow('expected both relPosH and relPosW or neither');
});

test('places embeddings by distance, stretched where queries and keys differ in number', () => {
  const table = tensor([5, 1], [0, 1, 2, 3, 4]);
  expect([...toFloat32(getRelPos(3, 3, table))]).toEqual([2, 1, 0, 3, 2, 1, 4, 3, 2]);
  expect(getRelPos(4, 2, tensor([7, 1], [0, 1, 2, 3, 4, 5, 6])).shape).toEqual([4, 2, 1]);
  expect([...toFloat32(getRelPos(4, 2, tensor([7, 1], [0, 1, 2, 3, 4, 5, 6])))]).toEqual([2, 0, 3, 1, 4, 2, 5, 3]);
});
