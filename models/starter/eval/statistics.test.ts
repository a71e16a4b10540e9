import { expect, test } from 'vitest';
import { meanOf, psnr, shareOf } from './statistics.ts';

test('a share has the limits of Wilson', () => {
  const { value, low, high } = shareOf(8, 10);
  expect([value, low, high].map((each) => Number(each.toFixed(4)))).toEqual([0.8, 0.4902, 0.9433]);
  expect(shareOf(10, 10)).toMatchObject({ value: 1, high: 1 });
  expect(shareOf(0, 10).low).toBe(0);
});

test('a mean has the limits of its standard error', () => {
  const { value, low, high } = meanOf([28, 30, 32]);
  expect(value).toBe(30);
  // 2 / sqrt(3), the standard error, times 1.96
  expect(high - value).toBeCloseTo(2.2632, 3);
  expect(value - low).toBeCloseTo(2.2632, 3);
});

test('weights count in a mean', () => {
  expect(meanOf([1, 0], [3, 1]).value).toBe(0.75);
  expect(meanOf([0.5, 0.5], [3, 1])).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
});

test('PSNR is that of the mean squared difference', () => {
  expect(psnr(Uint8Array.of(10, 20), Uint8Array.of(11, 19))).toBeCloseTo(48.1308, 3);
  expect(psnr(Uint8Array.of(7), Uint8Array.of(7))).toBe(Infinity);
  expect(() => psnr(Uint8Array.of(7), Uint8Array.of(7, 8))).toThrow('expected as many bytes, got 1 and 2');
});
