import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grey, writeNetwork } from '../../src-main/engine/filters/testing/write-network.ts';
import { colourAt, pixelsOf } from './pictures.ts';
import type { Server } from './server.ts';
import type { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

async function addModels(studio: StudioPage, folder: string): Promise<void> {
  await studio.view('Models');
  await studio.page.getByLabel('Folder on this computer').fill(folder);
  await studio.button('Add folder').click();
}

async function previewAndDraw(studio: StudioPage, filter: string): Promise<void> {
  const preview = studio.page.getByRole('img', { name: `Preview: ${filter}` });
  await studio.button('Preview').click();
  await expect(preview).toBeVisible();
  await studio.button('Draw into the layer').click();
  await expect(preview).toBeHidden();
}

/** What the first job of the queue was given for its first control layer. */
async function controlPicture(server: Server): Promise<ReturnType<typeof pixelsOf>> {
  const client = server.client();
  const { jobs } = await client.call('queue.list', {});
  return pixelsOf(client, jobs[0]?.recipe.controls[0]?.picture ?? '');
}

test('a filter is previewed, drawn into its control layer and undone', async ({ studio, page, server }) => {
  const folder = join(server.folder, 'my models');
  mkdirSync(folder);
  writeFileSync(join(folder, 'lines-control.safetensors'), 'a stand-in');
  await addModels(studio, folder);
  await expect(page.getByText('lines-control', { exact: true })).toBeVisible();
  await studio.view('Canvas');
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 64, y: 64 }, { x: 192, y: 192 });
  await studio.addLayer('Control layer');
  await page.getByLabel('Preprocessor').selectOption({ label: 'Canny edges' });
  await page.getByLabel('Smoothing').fill('0');
  await previewAndDraw(studio, 'Canny edges');
  await page.getByLabel('Steps').fill('2');
  await studio.prompt.fill('a blue sea');
  await studio.draw();
  const picture = await controlPicture(server);
  const line = [62, 63, 64, 65].map((x) => colourAt(picture, x, 128)[0]);
  expect(line.filter((value) => value === 255)).toHaveLength(1);
  expect(colourAt(picture, 128, 128)).toEqual([0, 0, 0]);
  await studio.button('Undo').click();
  await expect(studio.button('Redo')).toBeEnabled();
});

test('the values of a filter are kept with the layer, over a reload and by undo', async ({ studio, page }) => {
  await studio.addLayer('Control layer');
  await page.getByLabel('Preprocessor').selectOption({ label: 'Canny edges' });
  await page.getByLabel('Low threshold').fill('40');
  await page.getByLabel('Smoothing').fill('2');
  await page.getByLabel('Preprocessor').selectOption({ label: 'Scribble' });
  await page.getByLabel('Line width').fill('12');
  await page.getByLabel('Preprocessor').selectOption({ label: 'Canny edges' });
  await expect(page.getByLabel('Low threshold')).toHaveValue('40');
  await studio.saved();
  await page.reload();
  await studio.ready();
  await expect(page.getByLabel('Smoothing')).toHaveValue('2');
  await expect(page.getByLabel('Low threshold')).toHaveValue('40');
  for (let step = 0; step < 4; step++) await studio.button('Undo').click();
  await expect(page.getByLabel('Smoothing')).toHaveValue('1');
  await expect(page.getByLabel('Low threshold')).toHaveValue('40');
  await studio.button('Undo').click();
  await expect(page.getByLabel('Low threshold')).toHaveValue('100');
});

test('a network in a models folder is listed with its kind and is a preprocessor like any other', async ({ studio, page, server }) => {
  const folder = join(server.folder, 'my networks');
  mkdirSync(folder);
  writeNetwork(`${join(folder, 'inked')}.onnx`, [64, 64], (scope, x) => ({ lines: grey(scope, x) }));
  writeFileSync(join(folder, 'lines-control.safetensors'), 'a stand-in');
  await addModels(studio, folder);
  await expect(page.getByRole('heading', { name: 'Filters' })).toBeVisible();
  await expect(page.getByText(/Line art · /)).toBeVisible();
  await studio.view('Canvas');
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 256, y: 128 });
  await studio.addLayer('Control layer');
  await page.getByLabel('Preprocessor').selectOption({ label: 'Line art: inked' });
  await previewAndDraw(studio, 'Line art: inked');
  await page.getByLabel('Steps').fill('1');
  await studio.prompt.fill('a blue sea');
  await studio.draw();
  const picture = await controlPicture(server);
  const [painted, paper] = [colourAt(picture, 128, 32), colourAt(picture, 128, 224)];
  expect(new Set(painted.slice(0, 3)).size).toBe(1);
  expect(painted[0]).not.toBe(paper[0]);
});
