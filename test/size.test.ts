import { expect, it } from 'vitest';
import { judgeSizes } from './size.ts';

const exception = { path: 'kernels/table.ts', lines: 600, reason: 'one table', since: '2026-11-22' };

it('lets a file of 450 lines pass with a warning and refuses the next line', () => {
  const files = [
    { path: 'a.ts', lines: 300 },
    { path: 'b.ts', lines: 301 },
    { path: 'c.ts', lines: 450 },
    { path: 'd.ts', lines: 451 },
  ];
  expect(judgeSizes(files, [])).toEqual({
    failures: ['d.ts: 451 lines, at most 450'],
    warnings: ['b.ts: 301 lines, better under 300', 'c.ts: 450 lines, better under 300'],
  });
});

it('holds an exception to its own limit, and asks for its end when it is not needed', () => {
  const sized = (lines: number) => judgeSizes([{ path: exception.path, lines }], [exception]).failures;
  expect(sized(600)).toEqual([]);
  expect(sized(601)).toEqual(['kernels/table.ts: 601 lines, at most 600']);
  expect(sized(450)).toEqual(['test/size-exceptions.json: kernels/table.ts needs no exception any more']);
});

it('refuses an exception without a reason or a day', () => {
  const { failures } = judgeSizes([{ path: exception.path, lines: 600 }], [{ ...exception, reason: '' }]);
  expect(failures).toEqual(['test/size-exceptions.json: kernels/table.ts has no reason or no day']);
});

it('refuses names that say nothing', () => {
  const { failures } = judgeSizes([{ path: 'kernels/utils.ts', lines: 1 }], []);
  expect(failures).toEqual(['kernels/utils.ts: name the file after what it holds']);
});
