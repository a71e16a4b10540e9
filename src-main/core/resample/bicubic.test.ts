import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resizeBicubic, type ByteImage } from './bicubic.ts';

function grey(width: number, height: number, data: readonly number[]): ByteImage {
  return { width, height, channels: 1, data: Uint8Array.from(data) };
}

test('a picture of the wanted size stays as it is', () => {
  const picture = grey(3, 2, [0, 10, 20, 255, 128, 7]);
  expect(resizeBicubic(picture, { width: 3, height: 2 })).toEqual(picture);
});

test('one colour stays one colour at every size', () => {
  const size = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 0, max: 255 }), (from, to, value) => {
      const picture = grey(from.width, from.height, new Array<number>(from.width * from.height).fill(value));
      const { data } = resizeBicubic(picture, to);
      expect(data).toHaveLength(to.width * to.height);
      expect(new Set(data)).toEqual(new Set([value]));
    }),
    { numRuns: 60 },
  );
});

test('shrinking to half weighs the neighbours by the widened cubic: a single bright pixel spreads over its place and its sides', () => {
  // 0.8672 and 0.2266, the cubic at 1/4 and 3/4, times 255 / 2.0234: the sum of the weights but one that falls off the edge.
  const { data } = resizeBicubic(grey(8, 1, [0, 0, 0, 255, 0, 0, 0, 0]), { width: 4, height: 1 });
  expect([...data]).toEqual([0, 109, 29, 0]);
});

test('overshoot beyond black and white is cut off', () => {
  const { data } = resizeBicubic(grey(2, 1, [0, 255]), { width: 8, height: 1 });
  expect(data[0]).toBe(0);
  expect(data[7]).toBe(255);
  expect([...data]).toEqual([...data].toSorted((a, b) => a - b));
});

test('channels do not mix', () => {
  const picture = { width: 4, height: 4, channels: 3, data: Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 1 ? 200 : 0)) };
  const { data } = resizeBicubic(picture, { width: 3, height: 5 });
  expect([...data].every((value, i) => value === (i % 3 === 1 ? 200 : 0))).toBe(true);
});
