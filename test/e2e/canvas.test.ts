import type { Page } from '@playwright/test';
import { alphaAt, exportedFrame } from './exported.ts';
import { colourAt, plainPng } from './pictures.ts';
import type { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

const red = [0xe8, 0x54, 0x3f];

/** What the status line says of the place under the pointer. */
async function place(page: Page): Promise<{ x: number; y: number }> {
  const text = await page.getByText(/^-?\d+, -?\d+$/).textContent();
  const [x = NaN, y = NaN] = (text ?? '').split(', ').map(Number);
  return { x, y };
}

/** Half a pixel of the screen may fall to either side of a pixel of the canvas. */
async function expectPlace(page: Page, { x, y }: { x: number; y: number }): Promise<void> {
  const at = await place(page);
  expect(Math.max(Math.abs(at.x - x), Math.abs(at.y - y))).toBeLessThanOrEqual(1);
}

async function middle(studio: StudioPage): Promise<{ x: number; y: number }> {
  const box = await studio.canvas.boundingBox();
  if (!box) throw new Error('The canvas is not shown.');
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(command);
  await page.keyboard.press('Enter');
}

test('the brush paints under the pointer while the view is turned and mirrored', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.tool('Brush');
  await page.getByLabel('Brush size').fill('9');
  await page.getByLabel('Brush size').press('Enter');
  await studio.canvas.focus();
  for (const key of ['6', '6', 'm', '6']) await page.keyboard.press(key);
  await expect(page.getByText('-15°, mirrored')).toBeVisible();
  const at = await middle(studio);
  await page.mouse.move(at.x + 90, at.y - 60);
  const painted = await place(page);
  await page.mouse.down();
  await page.mouse.up();
  await page.keyboard.down('Shift');
  await page.mouse.wheel(0, 200);
  await page.keyboard.up('Shift');
  await expectPlace(page, painted);
  await page.getByRole('button', { name: /Turn the view back/ }).click();
  await expect(page.getByText('mirrored')).toHaveCount(0);
  const frame = await exportedFrame(page);
  expect(colourAt(frame, painted.x, painted.y)).toEqual(red);
  expect(alphaAt(frame, painted.x + 12, painted.y)).toBe(0);
  expect(alphaAt(frame, 256 - painted.x, painted.y)).toBe(0);
});

test('space pans after a click on a button, the middle button too, and the wheel zooms at the pointer', async ({ studio, page }) => {
  await studio.prompt.fill('something, so that the examples make room');
  await studio.tool('Brush');
  const at = await middle(studio);
  await page.mouse.move(at.x, at.y);
  const before = await place(page);
  await page.keyboard.down(' ');
  await page.mouse.down();
  await page.mouse.move(at.x + 48, at.y + 24, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up(' ');
  await expectPlace(page, before);
  await page.mouse.down({ button: 'middle' });
  await page.mouse.move(at.x, at.y, { steps: 4 });
  await page.mouse.up({ button: 'middle' });
  await expectPlace(page, before);
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
  await page.mouse.move(at.x + 100, at.y + 50);
  const under = await place(page);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await page.mouse.move(at.x + 100, at.y + 50);
  await expectPlace(page, under);
});

test('two fingers zoom the view and paint nothing', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  const at = await middle(studio);
  const session = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: (readonly [number, number])[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: fingers.map(([x, y], id) => ({ x: at.x + x, y: at.y + y, id })) });
  const zoom = page.getByRole('group', { name: 'View' }).getByText(/^\d+ %$/);
  const before = await zoom.textContent();
  await touch('touchStart', [-40, 0]);
  await touch('touchStart', [-40, 0], [40, 0]);
  await touch('touchMove', [-80, 0], [80, 0]);
  await touch('touchEnd');
  await expect(zoom).toHaveText(`${Number.parseInt(before ?? '', 10) * 2} %`);
  expect((await exportedFrame(page)).data.every((value) => value === 0)).toBe(true);
});

test('a press with Shift draws a straight line from the last stroke, and a drag with Shift stays level', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.tool('Brush');
  await page.getByLabel('Brush size').fill('6');
  await page.getByLabel('Brush size').press('Enter');
  await studio.drag({ x: 20, y: 20 }, { x: 24, y: 20 });
  await page.keyboard.down('Shift');
  const end = await studio.at({ x: 124, y: 120 });
  await page.mouse.click(end.x, end.y);
  await page.keyboard.up('Shift');
  const from = await studio.at({ x: 30, y: 200 });
  const to = await studio.at({ x: 200, y: 180 });
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.keyboard.down('Shift');
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const frame = await exportedFrame(page);
  expect(colourAt(frame, 74, 70)).toEqual(red);
  expect(colourAt(frame, 190, 200)).toEqual(red);
  expect(alphaAt(frame, 190, 182)).toBe(0);
});

test('what is selected is moved alone, turned and undone, and the rest of the layer stays', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 32, y: 32 }, { x: 96, y: 64 });
  await studio.fillRectangle({ x: 32, y: 160 }, { x: 96, y: 192 });
  const before = await exportedFrame(page);
  await studio.selectRectangle({ x: 24, y: 24 }, { x: 104, y: 72 });
  await studio.tool('Move');
  await studio.drag({ x: 64, y: 40 }, { x: 164, y: 60 });
  const moved = await exportedFrame(page);
  expect(alphaAt(moved, 40, 40)).toBe(0);
  expect(colourAt(moved, 132, 52)).toEqual(red);
  expect(colourAt(moved, 195, 83)).toEqual(red);
  expect([alphaAt(moved, 131, 60), alphaAt(moved, 196, 60), alphaAt(moved, 160, 84)]).toEqual([0, 0, 0]);
  expect(colourAt(moved, 40, 170)).toEqual(red);
  await studio.button('Turn a quarter right').click();
  const turned = await exportedFrame(page);
  expect(colourAt(turned, 164, 40)).toEqual(red);
  expect([alphaAt(turned, 147, 68), alphaAt(turned, 148, 68), alphaAt(turned, 179, 68), alphaAt(turned, 180, 68)]).toEqual([
    0, 255, 255, 0,
  ]);
  await studio.button('Undo').click();
  await studio.button('Undo').click();
  expect(await exportedFrame(page)).toEqual(before);
});

test('a layer is scaled and turned by its handles and comes back as sharp as it was', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 64, y: 96 }, { x: 160, y: 160 });
  const before = await exportedFrame(page);
  await studio.tool('Move');
  await studio.drag({ x: 160, y: 160 }, { x: 208, y: 192 });
  const scaled = await exportedFrame(page);
  expect([alphaAt(scaled, 207, 120), alphaAt(scaled, 208, 120), alphaAt(scaled, 120, 191), alphaAt(scaled, 120, 192)]).toEqual([
    255, 0, 255, 0,
  ]);
  await studio.drag({ x: 208, y: 192 }, { x: 160, y: 160 });
  const knob = await studio.at({ x: 112, y: 96 });
  await page.keyboard.down('Shift');
  for (const [x, y] of [
    [160, 128],
    [64, 128],
  ] as const) {
    // Turned by a quarter and back: the knob is 26 pixels of the screen beyond the upper side.
    const centre = await studio.at({ x: 112, y: 128 });
    const side = x === 160 ? { x: knob.x, y: knob.y - 26 } : { x: (await studio.at({ x: 144, y: 128 })).x + 26, y: centre.y };
    const target = x === 160 ? await studio.at({ x: 240, y }) : { x: centre.x, y: centre.y - 200 };
    await page.mouse.move(side.x, side.y);
    await page.mouse.down();
    await page.mouse.move(target.x, target.y, { steps: 6 });
    await page.mouse.up();
    if (x === 160) {
      const turned = await exportedFrame(page);
      expect([alphaAt(turned, 112, 82), alphaAt(turned, 112, 174), alphaAt(turned, 150, 128)]).toEqual([255, 255, 0]);
    }
  }
  await page.keyboard.up('Shift');
  expect(await exportedFrame(page)).toEqual(before);
});

test('layers are flipped, and Control with the move tool takes up what is under the pointer', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 32, y: 64 });
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 128, y: 16 });
  await page.keyboard.press('Shift+h');
  const flipped = await exportedFrame(page);
  expect([alphaAt(flipped, 10, 40), alphaAt(flipped, 110, 40), alphaAt(flipped, 10, 8)]).toEqual([0, 255, 255]);
  await studio.addLayer('Region');
  await studio.fillRectangle({ x: 160, y: 160 }, { x: 240, y: 240 });
  await studio.tool('Move');
  const at = await studio.at({ x: 110, y: 40 });
  await page.keyboard.down('Control');
  await page.mouse.click(at.x, at.y);
  await page.keyboard.up('Control');
  await expect(studio.layer('Raster layer')).toHaveAttribute('aria-selected', 'true');
});

test('the frame is dragged by a handle, put around a layer, and undone', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 40, y: 40 }, { x: 140, y: 100 });
  await studio.tool('Frame');
  await page.getByRole('radio', { name: 'Snap to 8' }).check();
  await studio.drag({ x: 256, y: 128 }, { x: 237, y: 128 });
  await expect(page.getByText('Frame 240 × 256')).toBeVisible();
  await studio.button('Frame around the layer').click();
  await expect(page.getByText('Frame 104 × 64')).toBeVisible();
  await studio.button('Undo').click();
  await studio.button('Undo').click();
  await expect(page.getByText('Frame 256 × 256')).toBeVisible();
});

test('a selection is inverted and becomes a region', async ({ studio, page }) => {
  await studio.selectRectangle({ x: 0, y: 0 }, { x: 256, y: 192 });
  await page.keyboard.press('Control+Shift+i');
  await run(page, 'Region from selection');
  await expect(studio.layer('Region 1')).toBeVisible();
  await expect(page.getByText('Covers 25 % of the frame')).toBeVisible();
  await studio.button('Undo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
});

test('pictures go to the clipboard of the system and come back from it', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 32, y: 32 }, { x: 96, y: 64 });
  await studio.addLayer('Raster layer');
  await studio.selectRectangle({ x: 64, y: 32 }, { x: 128, y: 64 });
  await page.keyboard.press('Control+Shift+c');
  const copied = () =>
    page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      if (!item?.types.includes('image/png')) return null;
      const bitmap = await createImageBitmap(await item.getType('image/png'));
      return [bitmap.width, bitmap.height];
    });
  await expect.poll(copied).toEqual([64, 32]);
  // A picture of the same size from elsewhere is not taken for the one that was copied here.
  const png = (await plainPng(64, 32, '#3355aa')).toString('base64');
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) })]);
  }, png);
  await page.keyboard.press('Control+d');
  await page.keyboard.press('Control+v');
  await expect(studio.layers.getByRole('option')).toHaveCount(3);
  expect(colourAt(await exportedFrame(page), 128, 128)).toEqual([0x33, 0x55, 0xaa]);
});
