import { expect, test } from 'vitest';
import { mayRestart } from './restart-rule.ts';

test('a process is started again twice within a minute, and not a third time', () => {
  let endings: number[] = [];
  const allowed = [0, 10_000, 20_000].map((now) => {
    const decided = mayRestart(endings, now);
    endings = decided.endings;
    return decided.isAllowed;
  });
  expect(allowed).toEqual([true, true, false]);
});

test('ends that are long past do not count', () => {
  expect(mayRestart([0, 1000], 100_000)).toEqual({ isAllowed: true, endings: [100_000] });
});
