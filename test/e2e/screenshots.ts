import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { launchBrowser } from './browser.ts';
import { scene } from './fakes/scene.ts';
import { Server } from './server.ts';
import { StudioPage } from './studio-page.ts';

/**
 * Pictures of every view, in both themes and two sizes: `node test/e2e/screenshots.ts FOLDER [real]`. Needs a built page.
 */
const [folder = 'test-results/screenshots', engine = 'fake'] = process.argv.slice(2);
const sizes = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }]; // prettier-ignore
// Words that the starter model knows.
const prompts = [
  'a red house under a blue sky', 'a white boat at sunset', 'a green tree in a field', 'a yellow house at night', 'a pink tree in winter',
  'a blue mushroom in the snow', 'a purple rocket on a pink background', 'a green cactus in the desert', 'a turquoise car in a field', 'a white lighthouse at sea',
]; // prettier-ignore

mkdirSync(folder, { recursive: true });
const server = new Server({ engine: engine === 'real' ? 'real' : 'fake', stepMs: 30 });
await server.start();
const browser = await launchBrowser();
try {
  const client = server.client();
  const models = join(server.folder, 'ComfyUI models');
  mkdirSync(models);
  for (const name of [
    'Juniper XL 1.2.safetensors',
    'lines-control.safetensors',
    'ip-adapter plus.safetensors',
    'ink and gouache style.safetensors',
    'old.ckpt',
  ]) {
    writeFileSync(join(models, name), Buffer.alloc(40_000));
  }
  await client.call('models.addFolder', { path: models });
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.on('pageerror', (error) => console.log('page error:', error.message));
  const studio = new StudioPage(page, server);
  await studio.open();
  await everywhere(page, 'first-run');
  for (const view of ['Gallery', 'Queue'] as const) {
    await studio.view(view);
    await everywhere(page, `empty-${view.toLowerCase()}`);
  }
  await studio.view('Canvas');
  await fillGallery(studio);
  await paintHarbour(studio);
  await everywhere(page, 'canvas');
  await page.getByLabel('Pictures').fill('3');
  await page.getByLabel('Pictures').press('Tab');
  await page.getByLabel('Steps').fill('40');
  await studio.generate.click();
  await page.getByText(/Step 2\d of/).waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(folder, 'drawing-dark-1280.png') });
  await page.getByRole('button', { name: 'Candidate 3, finished' }).waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Candidate 1, finished' }).click();
  await page.keyboard.press('Control+i');
  const boat = await studio.at({ x: 70, y: 150 });
  await page.mouse.click(boat.x, boat.y);
  await everywhere(page, 'attention');
  await page.keyboard.press('Control+i');
  await studio.view('Gallery');
  await page.getByRole('group', { name: 'Pictures' }).getByRole('button').nth(2).click();
  await everywhere(page, 'gallery');
  await page.getByRole('group', { name: 'Pictures' }).getByRole('button').nth(4).dblclick();
  await everywhere(page, 'viewer');
  await page.keyboard.press('Escape');
  await page.getByRole('group', { name: 'Pictures' }).getByRole('button').nth(2).click();
  await page.getByRole('group', { name: 'Pictures' }).getByRole('button').nth(0).click({ modifiers: ['Control'] }); // prettier-ignore
  await studio.button('Compare').click();
  await everywhere(page, 'compare');
  await page.keyboard.press('Escape');
  await queueSome(studio);
  await everywhere(page, 'queue');
  await studio.view('Models');
  await everywhere(page, 'models');
  await studio.button('Settings').click();
  await client.call('queue.cancelAll', {});
  await studio.button('Check devices').click();
  await page.getByRole('list', { name: 'Devices' }).waitFor();
  await everywhere(page, 'settings');
  await studio.view('Canvas');
  await page.keyboard.press('Control+k');
  await page.waitForTimeout(200);
  await everywhere(page, 'palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+?');
  await everywhere(page, 'shortcuts');
  await page.keyboard.press('Escape');
  const [document] = (await client.call('documents.list', {})).documents;
  await client.call('documents.claim', { document: document?.id ?? '', isTakeover: true });
  await everywhere(page, 'another-window');
} finally {
  await browser.close();
  await server.remove();
}

async function everywhere(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await server.client().call('settings.set', { theme });
    await page.locator(`html[data-theme="${theme}"]`).waitFor();
    for (const size of sizes.toReversed()) {
      await page.setViewportSize(size);
      await page.waitForTimeout(350);
      await page.waitForFunction(() => [...document.images].every((image) => image.complete));
      await page.screenshot({ path: join(folder, `${name}-${theme}-${size.width}.png`) });
    }
  }
}

async function fillGallery(studio: StudioPage): Promise<void> {
  const client = server.client();
  for (const [index, prompt] of [...prompts, ...prompts, ...prompts].entries()) {
    await client.call('queue.add', {
      recipe: { prompt, seed: index * 7 + 3, steps: engine === 'real' ? 12 : 1, size: { width: 256, height: 256 } },
    });
  }
  while ((await client.call('gallery.search', {})).total < prompts.length * 3) await studio.page.waitForTimeout(500);
  const { pictures } = await client.call('gallery.search', {});
  await client.call('gallery.star', { pictures: pictures.filter((_, index) => index % 5 === 1).map(({ id }) => id), isStarred: true });
  for (const name of ['Harbour', 'Houses', 'For the book']) await client.call('boards.create', { name });
}

async function paintHarbour(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await studio.prompt.fill('a poster at sunset');
  await page.getByRole('textbox', { name: 'Negative prompt' }).fill('pastel');
  const png = await sharp(Buffer.from(scene('a white boat and a red house at dusk by the sea', 12)))
    .png()
    .toBuffer();
  await drop(studio, png, 'Harbour sketch.png');
  await studio.layer('Harbour sketch').waitFor();
  await studio.addLayer('Control layer');
  await studio.tool('Brush');
  await page.getByLabel('Brush size').fill('3');
  for (const y of [176, 190, 204]) await studio.drag({ x: 12, y }, { x: 80, y: y + 5 }, { x: 160, y: y - 4 }, { x: 246, y: y + 3 });
  await studio.addLayer('Inpaint mask');
  await page.getByLabel('Brush size').fill('18');
  await studio.drag({ x: 206, y: 40 }, { x: 236, y: 46 });
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 1').fill('a red house');
  await studio.fillRectangle({ x: 128, y: 70 }, { x: 244, y: 182 });
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 2').fill('a white boat');
  await studio.tool('Lasso');
  await studio.drag({ x: 12, y: 110 }, { x: 60, y: 84 }, { x: 112, y: 104 }, { x: 120, y: 220 }, { x: 60, y: 232 }, { x: 10, y: 214 });
  await page.getByLabel('Feather').fill('12');
  await studio.layer('Region 2').press('F2');
  await page.keyboard.type('Boat');
  await page.keyboard.press('Enter');
  await page.mouse.move(640, 780);
}

async function drop({ page, canvas }: StudioPage, bytes: Buffer, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([base64, fileName]) => {
      const data = new DataTransfer();
      const raw = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
      data.items.add(new File([raw], fileName ?? '', { type: 'image/png' }));
      return data;
    },
    [bytes.toString('base64'), name],
  );
  await canvas.dispatchEvent('drop', { dataTransfer: transfer });
}

async function queueSome(studio: StudioPage): Promise<void> {
  const client = server.client();
  await client.call('queue.add', {
    recipe: { prompt: 'a white boat at sea', seed: 4, steps: 400, size: { width: 256, height: 256 } },
  });
  for (const prompt of prompts.slice(0, 3)) {
    await client.call('queue.add', { recipe: { prompt, seed: 5, steps: 20, size: { width: 256, height: 256 } }, priority: 'bulk' });
  }
  await studio.view('Queue');
  await studio.page.getByRole('progressbar').waitFor();
  await studio.page.waitForTimeout(800);
}
