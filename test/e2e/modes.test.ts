import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { colourAt, pixelsOf, plainPng } from './pictures.ts';
import { expect, test } from './studio-test.ts';

async function dropPicture(page: import('@playwright/test').Page, bytes: Buffer, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([base64, fileName]) => {
      const data = new DataTransfer();
      const raw = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
      data.items.add(new File([raw], fileName ?? '', { type: 'image/png' }));
      return data;
    },
    [bytes.toString('base64'), name],
  );
  await page.getByRole('application', { name: 'Canvas' }).dispatchEvent('drop', { dataTransfer: transfer });
}

test('the mode follows from what lies in the frame', async ({ studio, page }) => {
  await expect(page.getByText('Text to image', { exact: true })).toBeVisible();
  await dropPicture(page, await plainPng(128, 256, '#3355aa'), 'half.png');
  await expect(studio.layer('half')).toBeVisible();
  await expect(page.getByText('Outpaint', { exact: true })).toBeVisible();
  await dropPicture(page, await plainPng(256, 256, '#3355aa'), 'whole.png');
  await expect(page.getByText('Image to image', { exact: true })).toBeVisible();
  await studio.addLayer('Inpaint mask');
  await studio.fillRectangle({ x: 64, y: 64 }, { x: 192, y: 192 });
  await expect(page.getByText('Inpaint', { exact: true })).toBeVisible();
});

test('inpainting changes what is under the mask and nothing else', async ({ studio, page, server }) => {
  await dropPicture(page, await plainPng(256, 256, '#3355aa'), 'ground.png');
  await studio.prompt.fill('a red house');
  await page.getByLabel('Steps').fill('2');
  await studio.addLayer('Inpaint mask');
  await page.getByLabel('Feather').fill('0');
  await studio.fillRectangle({ x: 64, y: 64 }, { x: 192, y: 192 });
  await studio.draw();
  const client = server.client();
  const { jobs } = await client.call('queue.list', {});
  const recipe = jobs[0]?.recipe;
  const mask = recipe?.inpaint?.mask;
  if (!mask || !('asset' in mask) || !recipe?.image) throw new Error('The run was no inpainting.');
  const maskPixels = await pixelsOf(client, mask.asset);
  expect([colourAt(maskPixels, 64, 64)[0], colourAt(maskPixels, 191, 191)[0], colourAt(maskPixels, 63, 64)[0]]).toEqual([255, 255, 0]);
  const start = await pixelsOf(client, recipe.image.picture);
  expect(colourAt(start, 10, 10)).toEqual([0x33, 0x55, 0xaa]);
  const { pictures } = await client.call('gallery.search', {});
  const drawn = await pixelsOf(client, pictures[0]?.asset ?? '');
  expect(colourAt(drawn, 10, 10)).toEqual([0x33, 0x55, 0xaa]);
  expect(colourAt(drawn, 128, 128)[0]).toBeGreaterThan(120);
});

test('a drawing becomes a control layer, pixel for pixel', async ({ studio, page, server }) => {
  const folder = join(server.folder, 'my models');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(folder);
  writeFileSync(join(folder, 'lines-control.safetensors'), 'a stand-in');
  await studio.view('Models');
  await page.getByLabel('Folder on this computer').fill(folder);
  await studio.button('Add folder').click();
  await expect(page.getByText('lines-control', { exact: true })).toBeVisible();
  await studio.view('Canvas');
  await studio.addLayer('Control layer');
  await expect(page.getByLabel('Control model')).toHaveValue(/lines-control/);
  await studio.fillRectangle({ x: 100, y: 20 }, { x: 108, y: 236 });
  await page.getByLabel('Steps').fill('2');
  await studio.prompt.fill('a blue sea');
  await studio.draw();
  const client = server.client();
  const { jobs } = await client.call('queue.list', {});
  const control = jobs[0]?.recipe.controls[0];
  expect(control).toMatchObject({ kind: 'controlnet', strength: 1, mode: 'balanced' });
  const picture = await pixelsOf(client, control?.picture ?? '');
  expect(colourAt(picture, 104, 100)).toEqual([0xe8, 0x54, 0x3f]);
  expect(colourAt(picture, 99, 100)).toEqual([0, 0, 0]);
  expect(colourAt(picture, 108, 100)).toEqual([0, 0, 0]);
});

test('a picture that was generated here gives its recipe back when it is dropped', async ({ studio, page, server }) => {
  await studio.prompt.fill('a white boat (at sea:1.2)');
  await page.getByLabel('Steps').fill('3');
  await page.getByLabel('Seed', { exact: true }).fill('41');
  await page.getByLabel('Seed', { exact: true }).press('Tab');
  await studio.draw();
  const client = server.client();
  const { pictures } = await client.call('gallery.search', {});
  const { buffers } = await client.callWithBuffers('assets.get', { asset: pictures[0]?.asset ?? '' }, []);
  await studio.prompt.fill('something else');
  await page.getByLabel('Steps').fill('9');
  await dropPicture(page, Buffer.from(buffers[0] ?? []), 'mine.png');
  await studio.button('Use recipe').click();
  await expect(studio.prompt).toHaveValue('a white boat (at sea:1.2)');
  await expect(page.getByLabel('Steps')).toHaveValue('3');
  await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('41');
});

test('what is no picture is refused with a sentence', async ({ studio, page }) => {
  await expect(studio.canvas).toBeVisible();
  await dropPicture(page, Buffer.from('no picture'), 'broken.png');
  await expect(page.getByText('broken.png is not a picture that can be read', { exact: false })).toBeVisible();
});
