import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import sharp from 'sharp';
import { pixelsOf } from './pictures.ts';
import type { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

/** Each pixel of this picture has a colour of its own, so that a crop can be told from any other. */
function picture(width: number, height: number): Promise<Buffer> {
  const data = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x * 2, y * 3, 90], 3 * (y * width + x));
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function giveReference(studio: StudioPage, button: string): Promise<void> {
  const chooser = studio.page.waitForEvent('filechooser');
  await studio.button(button).click();
  await (await chooser).setFiles({ name: 'reference.png', mimeType: 'image/png', buffer: await picture(120, 80) });
}

test('the engine gets exactly the part of a reference that was cut out, limited to the region that was chosen', async ({
  studio,
  page,
  server,
}) => {
  const folder = join(server.folder, 'my models');
  mkdirSync(folder);
  writeFileSync(join(folder, 'ip-adapter plus.safetensors'), 'a stand-in');
  const client = server.client();
  await client.call('models.addFolder', { path: folder });
  await studio.prompt.fill('a blue sea');
  await page.getByLabel('Steps').fill('2');
  await studio.addLayer('Reference image');
  await giveReference(studio, 'Choose picture');
  await studio.button('Crop the picture').click();
  const dialog = page.getByRole('dialog', { name: 'Crop the reference' });
  const { violations } = await new AxeBuilder({ page }).include('[role="dialog"]').analyze();
  expect(violations.map(({ id, impact }) => ({ id, impact }))).toEqual([]);
  for (const [name, value] of [
    ['Width', 50],
    ['Height', 30],
    ['Left', 40],
    ['Top', 20],
  ] as const) {
    await dialog.getByLabel(name).fill(String(value));
    await dialog.getByLabel(name).press('Tab');
  }
  await dialog.getByRole('button', { name: 'Crop', exact: true }).click();
  await expect(studio.button('Crop the picture')).toHaveAttribute('aria-pressed', 'true');

  await studio.addLayer('Region');
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 128, y: 256 });
  await giveReference(studio, 'Add reference');
  await studio.button('Crop reference 1').click();
  await dialog.getByRole('radio', { name: 'Square' }).check();
  await expect(dialog.getByLabel('Width')).toHaveValue('80');
  await dialog.getByRole('button', { name: 'Crop', exact: true }).click();
  await studio.layer('Reference image').click();
  await page.getByLabel('Mask', { exact: true }).selectOption({ label: 'Only in Region 1' });
  await studio.draw();

  const { jobs } = await client.call('queue.list', {});
  const recipe = jobs[0]?.recipe;
  const check = async (asset: string | undefined, crop: { left: number; top: number; width: number; height: number }) => {
    const { width, height, data } = await pixelsOf(client, asset ?? '');
    expect([width, height]).toEqual([crop.width, crop.height]);
    const wrong = data.filter((value, index) => {
      const pixel = Math.floor(index / 4);
      const [x, y] = [crop.left + (pixel % width), crop.top + Math.floor(pixel / width)];
      return value !== [x * 2, y * 3, 90, 255][index % 4];
    });
    expect(wrong).toHaveLength(0);
  };
  await check(recipe?.references[0]?.picture, { left: 40, top: 20, width: 50, height: 30 });
  await check(recipe?.regions[0]?.references[0]?.picture, { left: 20, top: 0, width: 80, height: 80 });

  expect(recipe?.references[0]?.mask).toEqual(recipe?.regions[0]?.mask);

  await studio.button('Undo').click();
  await studio.button('Undo').click();
  await studio.layer('Region 1').click();
  await expect(studio.button('Crop reference 1')).toHaveAttribute('aria-pressed', 'false');
});
