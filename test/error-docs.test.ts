import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { indexOf, judgePages, raisedCodes } from './error-docs.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-error-docs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const page = 'The file is empty.\n\nIt has no bytes.\n\nChoose another file.\n';

it('finds codes by type: literals, unions through helpers, choices, and errors as data', () => {
  const file = join(folder, 'sources.ts');
  writeFileSync(
    file,
    `class AppError extends Error { constructor(readonly code: string, message: string) { super(message); } }
    type Code = 'b' | 'c';
    export const refuse = (code: Code) => new AppError(code, 'no');
    export const plain = new AppError('a', 'no');
    export const choice = (x: boolean) => new AppError(x ? 'd' : 'e', 'no');
    export const again = (from?: { code: string }) => new AppError(from?.code ?? 'f', 'no');
    export const passed = (from: { code: string }) => new AppError(from.code, 'no');
    export const data = { code: 'g', message: 'no', details: {} };
    export const other = { code: 'not-an-error' };
    export const unknown = (text: string) => new AppError(text, 'no');`,
  );
  const raised = raisedCodes([file]);
  expect([...raised.codes.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  expect(raised.unknown).toHaveLength(1);
});

it('asks for a page for every code and a code for every page', () => {
  const raised = {
    codes: new Map([
      ['empty', 'a.ts:1'],
      ['short', 'a.ts:2'],
      ['missing', 'a.ts:3'],
    ]),
    unknown: [],
  };
  const pages = new Map([
    ['empty', page],
    ['short', 'Only a sentence.\n'],
    ['stale', page],
  ]);
  expect(judgePages(raised, pages)).toEqual([
    'a.ts:3: docs/errors/missing.md is missing',
    'docs/errors/short.md: needs the sentence, why it happens and what to do',
    'docs/errors/stale.md: no source raises stale',
  ]);
});

it('lists the first line of each page', () => {
  expect(indexOf(new Map([['empty', `# empty\n\n${page}`]]))).toContain('| [empty](empty.md) | The file is empty. |');
});
