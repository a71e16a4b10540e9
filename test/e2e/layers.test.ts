import type { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

test('layers are added, renamed, hidden, locked, reordered, duplicated, merged and deleted, and all of it is undone', async ({
  studio,
  page,
}) => {
  await studio.addLayer('Raster layer');
  await studio.tool('Brush');
  await studio.drag({ x: 40, y: 40 }, { x: 120, y: 100 });
  await studio.layer('Raster layer').press('F2');
  await page.getByLabel('Name of layer').fill('Sketch');
  await page.keyboard.press('Enter');
  await expect(studio.layer('Sketch')).toBeFocused();
  await page.keyboard.press('Control+j');
  await expect(studio.layer('Sketch copy')).toHaveAttribute('aria-selected', 'true');
  await studio.button('Hide Sketch copy').click();
  await expect(studio.button('Show Sketch copy')).toBeVisible();
  await studio.button('Show Sketch copy').click();
  await studio.button('Lock Sketch copy').click();
  await studio.drag({ x: 10, y: 10 }, { x: 20, y: 20 });
  await expect(page.getByText('Sketch copy is locked.')).toBeVisible();
  await studio.button('Unlock Sketch copy').click();
  await studio.addLayer('Inpaint mask');
  await studio.layer('Inpaint mask').press('Alt+ArrowDown');
  await expect(studio.layers.getByRole('option').first()).toHaveText(/Sketch copy/);
  await studio.layer('Sketch copy').click();
  await studio.layer('Sketch copy').press('Alt+ArrowDown');
  await page.keyboard.press('Control+e');
  await expect(studio.layers.getByRole('option')).toHaveCount(2);
  await studio.layer('Inpaint mask').press('Delete');
  await expect(studio.layers.getByRole('option')).toHaveCount(1);
  while (await studio.button('Undo').isEnabled()) await studio.button('Undo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
  while (await studio.button('Redo').isEnabled()) await studio.button('Redo').click();
  await expect(studio.layers.getByRole('option')).toHaveText([/Sketch/]);
});

test('a layer is dragged to another place of the list', async ({ studio }) => {
  await studio.addLayer('Raster layer');
  await studio.addLayer('Region');
  await studio.layer('Region 1').dragTo(studio.layer('Raster layer'), { targetPosition: { x: 40, y: 40 } });
  await expect(studio.layers.getByRole('option')).toHaveText([/Raster layer/, /Region 1/]);
});

test('document, layers and undo are there after the studio was killed', async ({ studio, page, server }) => {
  await studio.prompt.fill('a harbour');
  await studio.addLayer('Raster layer');
  await studio.tool('Brush');
  await studio.drag({ x: 40, y: 40 }, { x: 120, y: 100 });
  await studio.drag({ x: 200, y: 40 }, { x: 200, y: 100 });
  await studio.saved();
  await server.stop('kill');
  await expect(page.getByText('The studio has stopped answering')).toBeVisible();
  await server.start();
  await studio.open();
  await expect(studio.prompt).toHaveValue('a harbour');
  await expect(studio.layer('Raster layer')).toBeVisible();
  const before = await studio.canvas.screenshot();
  await studio.button('Undo').click();
  await expect.poll(async () => before.equals(await studio.canvas.screenshot())).toBe(false);
  await studio.button('Redo').click();
  await page.mouse.move(0, 0);
  for (let step = 0; step < 4; step++) await studio.button('Undo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
  await expect(studio.prompt).toHaveValue('');
});

/** A new raster layer with a square that is selected, filled and copied. */
async function copySquare(studio: StudioPage): Promise<void> {
  await studio.addLayer('Raster layer');
  await studio.selectRectangle({ x: 64, y: 64 }, { x: 128, y: 128 });
  await studio.page.keyboard.press('Shift+Backspace');
  await studio.page.keyboard.press('Control+c');
}

test('a selection limits the brush, and is cut, copied and pasted', async ({ studio, page, server }) => {
  await copySquare(studio);
  await page.keyboard.press('Control+v');
  await expect(studio.layer('Pasted')).toBeVisible();
  await studio.layer('Raster layer').click();
  await page.keyboard.press('Control+x');
  await studio.layer('Pasted').click();
  await page.keyboard.press('Control+d');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Control+Shift+s');
  const path = await (await download).path();
  const { default: sharp } = await import('sharp');
  const { data } = await sharp(path).raw().ensureAlpha().toBuffer({ resolveWithObject: true });
  const alpha = (x: number, y: number) => data[4 * (y * 256 + x) + 3];
  expect([alpha(64, 64), alpha(127, 127), alpha(63, 64), alpha(128, 127)]).toEqual([255, 255, 0, 0]);
  expect((await server.client().call('documents.list', {})).documents).toHaveLength(1);
});

test('what is pasted right after a copy is that copy, however slow the system’s clipboard is', async ({ studio, page }) => {
  await copySquare(studio);
  const hasPicture = () => page.evaluate(async () => (await navigator.clipboard.read()).some(({ types }) => types.includes('image/png')));
  await expect.poll(hasPicture).toBe(true);
  await page.evaluate(() => Object.defineProperty(navigator.clipboard, 'write', { value: () => new Promise(() => undefined) }));
  await studio.drag({ x: 64, y: 64 }, { x: 96, y: 96 });
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');
  await expect(studio.layers.getByRole('option')).toHaveText([/Pasted/, /Raster layer/]);
});
