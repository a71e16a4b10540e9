import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeFrame } from '../contract/frame-codec.ts';
import { exportDocument, importDocument } from './document-file.ts';
import { nodeFileSystem } from './files/file-system.ts';
import { openLibrary, type Library } from './library.ts';

let folder: string;
let [here, there]: Library[] = [];
const open = (name: string) => openLibrary({ folder: join(folder, name), files: nodeFileSystem, now: () => 0 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-document-'));
  [here, there] = [open('here'), open('there')];
});
afterEach(() => {
  here?.close();
  there?.close();
  rmSync(folder, { recursive: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);

async function harbour(library: Library): Promise<string> {
  const { id } = library.documents.create('Harbour');
  const [tile, sketch] = [await library.assets.put([bytes('tile')]), await library.pictures.put([bytes('drawn before')])];
  library.documents.append(id, 0, [
    { kind: 'do', command: { draw: tile }, assets: [tile] },
    { kind: 'undo', command: null, assets: [] },
    { kind: 'do', command: { place: sketch }, assets: [sketch] },
  ]);
  library.documents.saveSnapshot(id, { sequence: 2, state: { layers: [] }, assets: [tile] });
  return id;
}

test('a document goes into one file and comes back on another computer with journal, snapshot and pixels', async () => {
  const id = await harbour(here!);
  const file = await exportDocument(here!, id);
  const imported = await importDocument(there!, '', file);
  expect(imported).toMatchObject({ name: 'Harbour', sequence: 3 });
  const [before, after] = [here!.documents.open(id), there!.documents.open(imported.id)];
  expect({ snapshot: after.snapshot, entries: after.entries }).toEqual({ snapshot: before.snapshot, entries: before.entries });
  expect(there!.documents.history(imported.id, 1, 10)).toEqual(here!.documents.history(id, 1, 10));
  for (const asset of here!.documents.assets(id)) expect(await there!.assets.has(asset)).toBe(true);
  expect((await importDocument(there!, 'Copy', file)).name).toBe('Copy');
});

test.each<[string, (file: Uint8Array) => Uint8Array, string]>([
  ['an empty file', () => new Uint8Array(0), 'cut short'],
  ['a file that is cut short', (file) => file.subarray(0, file.length - 1), 'cut short'],
  ['a file with something after its end', (file) => Buffer.concat([file, bytes('more')]), 'after its end'],
  ['a picture', () => bytes('\x89PNG and so on, long enough'), 'must begin with'],
  ['another frame', () => encodeFrame({ format: 'recipe' }), 'another shape'],
  ['a later version', () => encodeFrame({ format: 'strata document', version: 2 }), 'newer Strata'],
])('%s is refused, and nothing is added', async (_name, damage, words) => {
  const file = damage(await exportDocument(here!, await harbour(here!)));
  await expect(importDocument(there!, '', file)).rejects.toMatchObject({
    code: 'notADocument',
    message: expect.stringContaining(words) as string,
  });
  expect(there!.documents.list()).toEqual([]);
});

test('pixels that are not what their name says are missing, not taken for others', async () => {
  const id = await harbour(here!);
  const file = Buffer.from(await exportDocument(here!, id));
  file.write('TILE', file.indexOf('tile', file.length - 40));
  const imported = await importDocument(there!, '', file);
  const wanted = [...there!.documents.assets(imported.id)];
  const present = await Promise.all(wanted.map((asset) => there!.assets.has(asset)));
  expect(present.filter(Boolean).length).toBe(wanted.length - 1);
});
