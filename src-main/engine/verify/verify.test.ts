import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VerifyLine } from '../../contract/reports.ts';
import { compareTensor } from './compare.ts';
import { verifyFolder } from './run.ts';
import type { GoldenCheck } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-verify-'));
const tolerance = { measure: 'max|got-expected| / std(expected)', limit: 0.01 };
const values = Float32Array.of(1, 2, 3, 4);

/** A group of two cases over one tensor of four values. */
function writeGroup(name: string): void {
  const root = join(folder, name);
  mkdirSync(root);
  const golden = (id: string, kind: string) => ({ id, kind, params: {}, inputs: { x: 'x' }, expected: { y: 'x' }, tolerance });
  const cases = [golden('one', 'double'), golden('two', 'unheard-of')];
  writeFileSync(join(root, 'cases.json'), JSON.stringify({ group: name, tensors: 'tensors.safetensors', scale: 2, cases }));
  const header = JSON.stringify({ x: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }).padEnd(64);
  const length = new Uint8Array(8);
  length[0] = header.length;
  writeFileSync(join(root, 'tensors.safetensors'), Buffer.concat([length, Buffer.from(header), new Uint8Array(values.buffer)]));
}

beforeAll(() => {
  writeGroup('first');
  writeGroup('second');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(check: GoldenCheck, groups: readonly string[] | null = ['first']): Promise<VerifyLine[]> {
  const lines: VerifyLine[] = [];
  await verifyFolder(folder, groups, (line) => lines.push(line), { checks: { double: check } });
  return lines;
}

const same: GoldenCheck = (_case, context) => context.expect('y', context.input('x').data);

test('a right case passes and a kind without a check fails', async () => {
  expect(await run(same)).toEqual([
    { group: 'first', name: 'one', ok: true, error: 0, limit: 0.01, note: '' },
    { group: 'first', name: 'two', ok: false, error: null, limit: null, note: 'no check for kind unheard-of' },
  ]);
});

test('without names all groups run', async () => {
  expect((await run(same, null)).map(({ group }) => group)).toEqual(['first', 'first', 'second', 'second']);
});

test('a case whose expected tensor was not computed fails', async () => {
  expect((await run(() => undefined))[0]).toMatchObject({ ok: false, note: 'not computed: y' });
});

test('what a check throws is the note of its case', async () => {
  const broken: GoldenCheck = (_case, context) => context.expect('y', context.input('z').data);
  expect((await run(broken))[0]).toMatchObject({ ok: false, note: 'RangeError: role: expected one of x, got z' });
});

test('a check reads the fields of its group', async () => {
  const scaled: GoldenCheck = (_case, context) => context.remark(`scale ${String(context.about['scale'])}`);
  expect(await run(scaled)).toHaveLength(2);
});

test('a wrong value tells where, what was expected and what came', async () => {
  const off: GoldenCheck = (_case, context) => context.expect('y', Float32Array.of(1, 2, 3, 5));
  expect((await run(off))[0]).toMatchObject({ ok: false, note: 'y: at 3: expected 4, got 5' });
});

test('an aborted signal ends the run', async () => {
  const options = { checks: { double: same }, signal: AbortSignal.abort(new Error('enough')) };
  await expect(verifyFolder(folder, null, () => undefined, options)).rejects.toThrow('enough');
});

const stored = { dtype: 'F32', shape: [4], data: values };
const near = (change: number): Float32Array => values.map((value, i) => (i === 0 ? value + change : value));

test.each([
  { measure: 'max|got-expected| / std(expected)', change: 0.011, passes: true },
  { measure: 'max|got-expected| / std(expected)', change: 0.0113, passes: false },
  { measure: 'max|got-expected| / max|expected|', change: 0.039, passes: true },
  { measure: 'max|got-expected| / max|expected|', change: 0.041, passes: false },
  { measure: 'max|got-expected|', change: 0.0099, passes: true },
  { measure: 'max|got-expected|', change: 0.0101, passes: false },
  { measure: 'equal', change: 0.0001, passes: false },
  { measure: 'unheard of', change: 0, passes: false },
  { measure: 'max|got-expected|', change: NaN, passes: false },
])('with the measure $measure a change of $change passes: $passes', ({ measure, change, passes }) => {
  expect(compareTensor('y', { measure, limit: 0.01 }, stored, near(change)).passed).toBe(passes);
});

test('a constant tensor is measured against a deviation of 0.001', () => {
  const constant = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 1) };
  expect(compareTensor('y', tolerance, constant, Float64Array.of(1, 1.000009)).passed).toBe(true);
  expect(compareTensor('y', tolerance, constant, Float64Array.of(1, 1.000011)).passed).toBe(false);
});

test('integers must be equal whatever the measure', () => {
  const ids = { dtype: 'I64', shape: [2], data: BigInt64Array.of(7n, 49407n) };
  expect(compareTensor('ids', tolerance, ids, Int32Array.of(7, 49407)).passed).toBe(true);
  expect(compareTensor('ids', tolerance, ids, Int32Array.of(7, 49406)).passed).toBe(false);
});

test('a wrong number of values fails', () => {
  expect(compareTensor('y', tolerance, stored, new Float32Array(3))).toMatchObject({
    passed: false,
    text: 'expected 4 values of shape [4], got 3',
  });
});
