import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { recordFile } from './record-file.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'strata-records-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = (name = 'records.json') => recordFile(join(folder, name), z.number());

it('keeps what was written for the next start', async () => {
  await open('new/folder/records.json').write('a', 1);
  expect(await open('new/folder/records.json').read('a')).toBe(1);
  expect(await open('new/folder/records.json').read('b')).toBeUndefined();
});

it('loses nothing that is written at the same time', async () => {
  const records = open();
  await Promise.all(['a', 'b', 'c'].map((key, value) => records.write(key, value)));
  expect([await records.read('a'), await records.read('b'), await records.read('c')]).toEqual([0, 1, 2]);
});

it('forgets the oldest of more than sixteen', async () => {
  const records = open();
  for (let i = 0; i < 17; i++) await records.write(`key ${i}`, i);
  expect([await records.read('key 0'), await records.read('key 1'), await records.read('key 16')]).toEqual([undefined, 1, 16]);
});

it.each(['{', '{"a": "one"}', '[]'])('takes a damaged file %s for an empty one and writes it anew', async (text) => {
  writeFileSync(join(folder, 'records.json'), text);
  expect(await open().read('a')).toBeUndefined();
  await open().write('a', 2);
  expect(await open().read('a')).toBe(2);
});

it('does without a place that cannot be written', async () => {
  writeFileSync(join(folder, 'file'), '');
  await open('file/records.json').write('a', 1);
  expect(await open('file/records.json').read('a')).toBeUndefined();
});
