import { expect, it } from 'vitest';
import { packWeight } from './pack.ts';

const packed = (...args: Parameters<typeof packWeight>) => [...new Float32Array(packWeight(...args).buffer)];

it('turns a linear weight so that outputs lie side by side, padded to fours', () => {
  expect(packed(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2], 'columns', 'f32')).toEqual([1, 3, 5, 0, 2, 4, 6, 0]);
});

it('orders a convolution by kernel row, kernel column, input, output', () => {
  const values = Float32Array.from({ length: 8 }, (_, i) => i);
  expect(packed(values, [1, 2, 2, 2], 'columns', 'f32').filter((_, i) => i % 4 === 0)).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
});

it('interleaves values and gates by fours', () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => i);
  expect(packed(values, [16], 'gatedColumns', 'f32')).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15]);
});

it('rounds to f16 where the device stores that', () => {
  expect([...new Float16Array(packWeight(Float32Array.of(0.1, 70000), [2], 'stored', 'f16').buffer)]).toEqual([
    0.0999755859375,
    Infinity,
    0,
    0,
  ]);
});
