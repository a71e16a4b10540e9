import { expect, test } from 'vitest';
import { combineGuidance, composePositive } from './guidance.ts';

const negative = Float32Array.of(0, 1, 2, 3);
const positive = Float32Array.of(1, 1, 4, 2);

test('guidance goes on from the negative over the positive side', () => {
  expect([...combineGuidance(negative, positive, { scale: 3, rescale: 0 })]).toEqual([3, 1, 8, 0]);
});

test('prompts joined by AND go on from the negative side, each by its weight', () => {
  const other = Float32Array.of(-1, 3, 2, 3);
  const parts = [{ output: positive, weight: 0.5 }, { output: other, weight: -2 }]; // prettier-ignore
  const composed = composePositive(negative, parts);
  expect([...composed]).toEqual([2.5, -3, 3, 2.5]);
  // n + 3 * (0.5 * (p - n) - 2 * (o - n))
  expect([...combineGuidance(negative, composed, { scale: 3, rescale: 0 })]).toEqual([7.5, -11, 5, 1.5]);
});

test('one part of weight 1 is the positive side itself', () => {
  expect(composePositive(negative, [{ output: positive, weight: 1 }])).toBe(positive);
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
