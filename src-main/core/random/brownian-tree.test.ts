import { expect, test } from 'vitest';
import { BrownianTree } from './brownian-tree.ts';

const options = { start: 0.1, end: 10, seed: 3n, count: 20 };

test('neighbouring increments add up to the increment over both', () => {
  const tree = new BrownianTree(options);
  const [whole, left, right] = [tree.increment(1, 7.5), tree.increment(1, 2.345678), tree.increment(2.345678, 7.5)];
  whole.forEach((value, i) => expect(left[i]! + right[i]!).toBeCloseTo(value, 4));
});

test('an answer does not depend on what was asked before', () => {
  const asked = new BrownianTree(options);
  for (let i = 0; i < 40; i++) asked.increment(0.2 + i * 0.21, 0.9 + i * 0.2123);
  expect(asked.increment(1, 2)).toEqual(new BrownianTree(options).increment(1, 2));
});

test('increments have the deviation of the root of their length', () => {
  const tree = new BrownianTree({ ...options, count: 4000 });
  const increment = tree.increment(3, 7);
  const variance = increment.reduce((sum, value) => sum + value * value, 0) / increment.length;
  expect(variance).toBeGreaterThan(3.6);
  expect(variance).toBeLessThan(4.4);
});

test('edges outside the life of the path are moved to its ends', () => {
  const tree = new BrownianTree(options);
  expect(tree.increment(-1, 20)).toEqual(tree.increment(0.1, 10));
});

test('seeds give different paths, and seed 0 is one', () => {
  const increment = (seed: bigint): Float32Array => new BrownianTree({ ...options, seed }).increment(1, 2);
  expect(increment(0n)).not.toEqual(increment(1n));
  expect(increment(0n)).toEqual(increment(0n));
});
