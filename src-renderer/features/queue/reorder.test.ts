import { expect, test } from 'vitest';
import { placeBefore } from './reorder.ts';

test.each([
  [2, -1, 1],
  [2, 1, null],
  [1, 1, 3],
  [1, -1, undefined],
  [3, 1, undefined],
  [9, 1, undefined],
] as const)('job %i of three moved by %i goes before %s', (job, step, before) => {
  expect(placeBefore([1, 2, 3], job, step)).toBe(before);
});
