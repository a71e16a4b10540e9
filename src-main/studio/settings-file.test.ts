import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settingsSchema } from '../contract/records.ts';
import { nodeFileSystem } from './files/file-system.ts';
import { SettingsFile } from './settings-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'strata-settings-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const defaults = settingsSchema.parse({});

async function load(content: string | null) {
  const path = join(folder, 'settings.json');
  if (content !== null) writeFileSync(path, content);
  const file = new SettingsFile(nodeFileSystem, path);
  return { file, path, notice: await file.load() };
}

test.each<[string, string | null, Partial<typeof defaults>, RegExp | null]>([
  ['no file', null, {}, null],
  ['an empty file', '', {}, /the whole file/],
  ['garbage', '\u0000\u0001{', {}, /the whole file/],
  ['a list', '[]', {}, /the whole file/],
  ['one field of a wrong type', '{"theme":"dark","device":7}', { theme: 'dark' }, /device/],
  ['a file of a later version', '{"theme":"light","hologram":true}', { theme: 'light' }, null],
  ['names that are properties of every object', '{"__proto__":{"theme":"dark"},"constructor":1,"theme":"light"}', { theme: 'light' }, null],
])('%s gives defaults for what is broken', async (_name, content, expected, notice) => {
  const loaded = await load(content);
  expect(loaded.file.get()).toEqual({ ...defaults, ...expected });
  if (notice) expect(loaded.notice).toMatch(notice);
  else expect(loaded.notice).toBeNull();
  if (notice) expect(readFileSync(`${loaded.path}.broken`, 'utf8')).toBe(content);
});

test('setting one field keeps the others, and those of a later version', async () => {
  const { file, path } = await load('{"theme":"light","hologram":true}');
  await file.set({ device: 'cpu' });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...defaults, theme: 'light', device: 'cpu', hologram: true });
});

test('settings made at the same time all stay', async () => {
  const { file, path } = await load(null);
  await Promise.all([file.set({ theme: 'dark' }), file.set({ device: 'gpu' }), file.set({ maxMemoryBytes: 5 })]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ theme: 'dark', device: 'gpu', maxMemoryBytes: 5 });
});
