import { expect, test } from 'vitest';
import { combineGuidance } from './guidance.ts';

const negative = Float32Array.of(0, 1, 2, 3);
const positive = Float32Array.of(1, 1, 4, 2);

test('guidance goes on from the negative over the positive side', () => {
  expect([...combineGuidance(negative, positive, { scale: 3, rescale: 0 })]).toEqual([3, 1, 8, 0]);
});

test('scale 1 is the positive side', () => {
  expect(combineGuidance(negative, positive, { scale: 1, rescale: 0.7 })).toEqual(positive);
});

test('full rescale gives the deviation of the positive side', () => {
  const combined = combineGuidance(negative, positive, { scale: 3, rescale: 1 });
  // deviations with Bessel's correction: sqrt(2) of the positive side, sqrt(38 / 3) of 3, 1, 8, 0
  const factor = Math.sqrt(2) / Math.sqrt(38 / 3);
  [3, 1, 8, 0].forEach((value, i) => expect(combined[i]).toBeCloseTo(value * factor, 5));
});

test('a flat picture is not divided by its deviation of zero', () => {
  const flat = Float32Array.of(1, 1);
  expect(combineGuidance(flat, flat, { scale: 5, rescale: 1 })).toEqual(flat);
});
