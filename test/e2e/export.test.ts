import { decodePsd } from '../../src-renderer/canvas/psd/psd-bytes.ts';
import { alphaAt, downloaded, exportedFrame, pixelsOfFile } from './exported.ts';
import { colourAt } from './pictures.ts';
import type { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

/** A square, half seen; a region over it; a control layer. */
async function paint(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 16, y: 32 }, { x: 112, y: 64 });
  await page.getByLabel('Blend').selectOption({ label: 'Multiply' });
  await page.getByRole('slider', { name: 'Opacity' }).last().fill('0.5');
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 1').fill('a boat');
  await studio.fillRectangle({ x: 64, y: 64 }, { x: 96, y: 128 });
}

async function choose(studio: StudioPage, item: string): Promise<void> {
  await studio.page.getByRole('button', { name: 'Strata' }).click();
  await studio.page.getByRole('menuitem', { name: item }).click();
}

test('layers are exported as a Photoshop file and come back from it, undone in one step', async ({ studio, page }) => {
  await paint(studio);
  const before = await exportedFrame(page);
  const { name, bytes } = await downloaded(page, () => choose(studio, 'Export layers as PSD'));
  expect(name).toBe('Untitled.psd');
  const { width, height, layers } = decodePsd(bytes);
  expect([width, height]).toEqual([256, 256]);
  expect(
    layers.map((layer) => [layer.name, layer.left, layer.top, layer.picture.width, layer.picture.height, layer.blend, layer.isHidden]),
  ).toEqual([
    ['Region 1: a boat', 64, 64, 32, 64, 'normal', true],
    ['Raster layer', 16, 32, 96, 32, 'multiply', false],
  ]);
  expect(layers[1]?.opacity).toBeCloseTo(0.5, 1);
  expect([...(layers[1]?.picture.data.subarray(0, 4) ?? [])]).toEqual([0xe8, 0x54, 0x3f, 255]);

  while (await studio.button('Undo').isEnabled()) await studio.button('Undo').click();
  const transfer = await page.evaluateHandle((base64) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'Harbour.psd'));
    return data;
  }, bytes.toString('base64'));
  await studio.canvas.dispatchEvent('drop', { dataTransfer: transfer });
  await expect(studio.layers.getByRole('option')).toHaveText([/Region 1: a boat/, /Raster layer.*multiply/]);
  const after = await exportedFrame(page);
  expect(colourAt(after, 20, 40)).toEqual(colourAt(before, 20, 40));
  expect(Math.abs(alphaAt(after, 20, 40) - alphaAt(before, 20, 40))).toBeLessThanOrEqual(1);
  await studio.button('Undo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
});

test('one layer is exported as a PNG of its own pixels', async ({ studio, page }) => {
  await paint(studio);
  await studio.layer('Raster layer').click();
  const { name, bytes } = await downloaded(page, () => choose(studio, 'Export layer as PNG'));
  expect(name).toBe('Raster layer.png');
  const pixels = await pixelsOfFile(bytes);
  expect([pixels.width, pixels.height]).toEqual([96, 32]);
  expect([...colourAt(pixels, 95, 31), alphaAt(pixels, 95, 31)]).toEqual([0xe8, 0x54, 0x3f, 255]);
});

test('what is called a Photoshop file and is none is refused with a sentence', async ({ studio, page }) => {
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['not at all what its name says'], 'broken.psd'));
    return data;
  });
  await studio.canvas.dispatchEvent('drop', { dataTransfer: transfer });
  await expect(page.getByText('broken.psd cannot be read as a Photoshop file', { exact: false })).toBeVisible();
});
