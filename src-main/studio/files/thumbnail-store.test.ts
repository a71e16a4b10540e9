import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AssetStore } from './asset-store.ts';
import { nodeFileSystem } from './file-system.ts';
import { ThumbnailStore, type ThumbnailOptions } from './thumbnail-store.ts';

let folder: string;
let pictures: AssetStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-thumbnails-'));
  pictures = new AssetStore(nodeFileSystem, join(folder, 'pictures'), '.png');
});
afterEach(() => rmSync(folder, { recursive: true }));

const store = (options: Partial<ThumbnailOptions> = {}) =>
  new ThumbnailStore({ files: nodeFileSystem, folder: join(folder, 'thumbnails'), pictures, isReadOnly: false, ...options });

async function picture(width: number, height: number, background: string): Promise<string> {
  return pictures.put([
    await sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer(),
  ]);
}

test('a thumbnail is a small WebP of the same proportions, made once', async () => {
  const id = await picture(1024, 512, '#d04030');
  const path = await store().ensure(id);
  const { format, width, height } = await sharp(readFileSync(path ?? '')).metadata();
  expect({ format, width, height }).toEqual({ format: 'webp', width: 384, height: 192 });
  writeFileSync(path ?? '', 'kept');
  expect(await store().ensure(id)).toBe(path);
  expect(readFileSync(path ?? '', 'utf8')).toBe('kept');
});

test('a small picture is not made larger, and one that was asked for twice at once is made once', async () => {
  const id = await picture(64, 48, '#204080');
  const thumbnails = store();
  const [first, second] = await Promise.all([thumbnails.ensure(id), thumbnails.ensure(id)]);
  expect(first).toBe(second);
  expect(await sharp(readFileSync(first ?? '')).metadata()).toMatchObject({ width: 64, height: 48 });
});

test('many at once are all made, and one that was removed is made again', async () => {
  const ids = await Promise.all(Array.from({ length: 7 }, (_, index) => picture(16 + index, 16, '#fff')));
  const thumbnails = store();
  const paths = await Promise.all(ids.map((id) => thumbnails.ensure(id)));
  expect(new Set(paths).size).toBe(7);
  await thumbnails.remove(ids[0] ?? '');
  expect(await thumbnails.ensure(ids[0] ?? '')).toBe(paths[0]);
});

test('what is no picture of the gallery, or cannot be decoded, has none', async () => {
  const broken = await pictures.put([Buffer.from('no picture at all')]);
  expect(await store().ensure(broken)).toBeNull();
  expect(await store().ensure('0'.repeat(64))).toBeNull();
  expect(await store().ensure('../../etc/passwd')).toBeNull();
});

test('nothing is written into a folder that may only be read', async () => {
  const id = await picture(32, 32, '#111');
  expect(await store({ isReadOnly: true }).ensure(id)).toBeNull();
  expect(readdirSync(folder)).toEqual(['pictures']);
});

test('when there are too many the oldest go', async () => {
  const thumbnails = store({ maxBytes: 400 });
  const ids = [await picture(40, 40, '#a00'), await picture(41, 41, '#0a0'), await picture(42, 42, '#00a')];
  const paths: string[] = [];
  for (const [index, id] of ids.entries()) {
    const path = (await thumbnails.ensure(id)) ?? '';
    writeFileSync(path, Buffer.alloc(150));
    utimesSync(path, 1000 + index, 1000 + index);
    paths.push(path);
  }
  expect(await thumbnails.trim()).toBe(1);
  expect(paths.map((path) => readdirSync(join(path, '..')).length)).toEqual([0, 1, 1]);
});
