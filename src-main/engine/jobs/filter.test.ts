import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filterPicture } from './filter.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-filter-'));
const drawing = join(folder, 'drawing.png');

beforeAll(async () => {
  const rgba = Uint8Array.of(0, 0, 0, 255, 0, 0, 0, 0);
  await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
    .png()
    .toFile(drawing);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what is transparent is white paper', async () => {
  const filtered = await filterPicture({ filter: 'invert', values: {}, picture: 'drawing', assets: { drawing } });
  expect(filtered).toMatchObject({ width: 2, height: 1, data: Uint8Array.of(255, 255, 255, 0, 0, 0) });
});

test('a picture that is not there is refused by its name', async () => {
  const request = { filter: 'invert', values: {}, picture: 'gone', assets: {} } as const;
  await expect(filterPicture(request)).rejects.toMatchObject({ code: 'assetMissing', details: { asset: 'gone' } });
});

test('a file that is no picture is refused', async () => {
  const request = { filter: 'invert', values: {}, picture: 'code', assets: { code: import.meta.filename } } as const;
  await expect(filterPicture(request)).rejects.toMatchObject({ code: 'badPicture' });
});
