import { alphaAt, exportedFrame } from './exported.ts';
import { expect, test } from './studio-test.ts';

test('the gallery finds, stars, compares, trashes and restores pictures, and shows hostile text as text', async ({
  studio,
  page,
  server,
}) => {
  await page.getByLabel('Steps').fill('2');
  const hostile = '<img src=x onerror="window.hacked=1"> a red house';
  for (const prompt of [hostile, 'a blue boat']) {
    await studio.prompt.fill(prompt);
    await studio.draw();
  }
  await studio.view('Gallery');
  const pictures = page.getByRole('group', { name: 'Pictures' }).getByRole('button');
  await expect(pictures).toHaveCount(2);
  await page.getByLabel('Search pictures').fill('boat');
  await expect(pictures).toHaveCount(1);
  await page.getByLabel('Search pictures').fill('');
  await expect(pictures).toHaveCount(2);
  await pictures.filter({ hasNotText: 'x' }).first().click();
  await pictures.nth(1).click();
  const details = page.getByRole('region', { name: 'Picture details' });
  await expect(details.getByText(hostile)).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  await details.getByRole('button', { name: 'Star' }).click();
  await page.getByRole('navigation', { name: 'Boards' }).getByRole('button', { name: 'Starred' }).click();
  await expect(pictures).toHaveCount(1);
  await page.getByRole('navigation', { name: 'Boards' }).getByRole('button', { name: 'All pictures' }).click();
  await pictures.nth(0).click();
  await pictures.nth(1).click({ modifiers: ['Control'] });
  await studio.button('Compare').click();
  const compare = page.getByRole('dialog', { name: 'Compare' });
  await expect(compare.getByRole('rowheader', { name: 'Prompt' })).toBeVisible();
  // Both are seen whole, one over the other.
  const boxes = await Promise.all([/^Left/, /^Right/].map((name) => compare.getByRole('img', { name }).boundingBox()));
  expect(boxes[0]).toEqual(boxes[1]);
  expect(boxes[0]?.width).toBeCloseTo(boxes[0]?.height ?? 0, 0);
  await page.keyboard.press('Escape');
  await studio.button('Move to trash').click();
  await expect(pictures).toHaveCount(0);
  await page.getByRole('navigation', { name: 'Boards' }).getByRole('button', { name: 'Trash' }).click();
  await expect(pictures).toHaveCount(2);
  await pictures.first().click();
  await page.getByRole('region', { name: 'Picture details' }).getByRole('button', { name: 'Restore' }).click();
  await expect.poll(async () => (await server.client().call('gallery.search', {})).total).toBe(1);
});

test('the queue is paused, reordered by button, key and drag, resumed and cleared, and survives an engine that dies', async ({
  studio,
  page,
  server,
}) => {
  const client = server.client();
  await client.call('queue.pause', { isPaused: true });
  for (const prompt of ['first', 'please crash', 'third', 'fourth'])
    await client.call('queue.add', { recipe: { prompt, seed: 1, steps: 2 } });
  await studio.view('Queue');
  await expect(page.getByText('The queue is paused.')).toBeVisible();
  const jobs = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
  await expect(jobs).toHaveText([/first/, /please crash/, /third/, /fourth/]);
  await jobs.filter({ hasText: 'third' }).getByRole('button', { name: 'Earlier' }).click();
  await expect(jobs).toHaveText([/first/, /third/, /please crash/, /fourth/]);
  const grip = page.getByRole('button', { name: 'Move fourth' });
  await grip.press('Alt+ArrowUp');
  await expect(jobs).toHaveText([/first/, /third/, /fourth/, /please crash/]);
  await expect(grip).toBeFocused();
  await grip.press('Alt+ArrowUp');
  await expect(jobs).toHaveText([/first/, /fourth/, /third/, /please crash/]);
  await jobs.filter({ hasText: 'first' }).dragTo(jobs.filter({ hasText: 'please crash' }), { targetPosition: { x: 200, y: 60 } });
  await expect(jobs).toHaveText([/fourth/, /third/, /please crash/, /first/]);
  await jobs.filter({ hasText: 'first' }).dragTo(jobs.filter({ hasText: 'fourth' }), { targetPosition: { x: 200, y: 4 } });
  await expect(jobs).toHaveText([/first/, /fourth/, /third/, /please crash/]);
  await expect
    .poll(async () => (await client.call('queue.list', {})).jobs.map(({ recipe }) => recipe.prompt))
    .toEqual(['first', 'fourth', 'third', 'please crash']);
  await jobs.filter({ hasText: 'fourth' }).getByRole('button', { name: 'Cancel' }).click();
  await studio.button('Resume').click();
  const finished = page.getByRole('list', { name: 'Finished jobs' }).getByRole('listitem');
  await expect(finished.filter({ hasText: 'please crash' }).getByRole('button', { name: 'Retry' })).toBeVisible({ timeout: 40_000 });
  await expect.poll(async () => (await client.call('gallery.search', {})).total).toBe(2);
  await expect(finished).toHaveCount(4);
  await studio.button('Clear finished').click();
  await expect(page.getByText('Nothing is waiting')).toBeVisible();
  expect((await client.call('gallery.search', {})).total).toBe(2);
});

test('everything that waits is cancelled at once', async ({ studio, page, server }) => {
  const client = server.client();
  await client.call('queue.pause', { isPaused: true });
  await client.call('queue.add', { recipe: { prompt: 'a boat', seed: 1 }, count: 3, priority: 'bulk' });
  await studio.view('Queue');
  await expect(page.getByRole('list', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(3);
  await studio.button('Cancel all').click();
  await expect(page.getByRole('list', { name: 'Finished jobs' }).getByText('Cancelled', { exact: false })).toHaveCount(3);
});

test('the gallery shows small copies, and a picture large, with its neighbours a key away', async ({ studio, page, server }) => {
  const client = server.client();
  const size = { width: 512, height: 512 };
  for (const prompt of ['a red house', 'a blue boat']) await client.call('queue.add', { recipe: { prompt, seed: 1, steps: 1, size } });
  await expect.poll(async () => (await client.call('gallery.search', {})).total).toBe(2);
  await studio.view('Gallery');
  const pictures = page.getByRole('group', { name: 'Pictures' }).getByRole('button');
  await expect(pictures).toHaveCount(2);
  const widths = () => page.getByRole('group', { name: 'Pictures' }).locator('img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth)); // prettier-ignore
  await expect.poll(widths).toEqual([384, 384]);
  await pictures.first().dblclick();
  const viewer = page.getByRole('dialog', { name: 'Picture 1 of 2' });
  await expect(viewer.getByRole('img', { name: 'a blue boat' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog', { name: 'Picture 2 of 2' }).getByRole('img', { name: 'a red house' })).toBeVisible();
  await page.keyboard.press('s');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Remove star' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect.poll(async () => (await client.call('gallery.search', { isStarred: true })).total).toBe(1);
});

test('the precision of a picture that is used again is offered, not taken', async ({ studio, page, server }) => {
  const client = server.client();
  await client.call('queue.add', { recipe: { prompt: 'a red house', seed: 1, steps: 1, engine: { precision: 'fast' } } });
  await expect.poll(async () => (await client.call('gallery.search', {})).total).toBe(1);
  await studio.view('Gallery');
  await page.getByRole('group', { name: 'Pictures' }).getByRole('button').click();
  await expect(page.getByText('Precision', { exact: true })).toBeVisible();
  await studio.button('Use all').click();
  await expect(page.getByText('drawn with precision Fast.', { exact: false })).toBeVisible();
  expect((await client.call('settings.get', {})).precision).toBe('full');
  await studio.button('Use Fast').click();
  await expect.poll(async () => (await client.call('settings.get', {})).precision).toBe('fast');
});

test('models say what they are and what is wrong with those that cannot be used', async ({ studio, page, server }) => {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const folder = join(server.folder, 'models of others');
  mkdirSync(folder);
  for (const name of ['Juniper XL.safetensors', 'old.ckpt']) writeFileSync(join(folder, name), 'a stand-in');
  await studio.view('Models');
  await expect(page.getByText('Words that it knows')).toBeVisible();
  await page.getByLabel('Search words').fill('boa');
  await page.getByRole('list', { name: 'Words' }).getByRole('button', { name: 'boat' }).click();
  await studio.view('Canvas');
  await expect(studio.prompt).toHaveValue('boat');
  await studio.view('Models');
  await page.getByLabel('Folder on this computer').fill(folder);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Juniper XL', { exact: true })).toBeVisible();
  await expect(page.getByText(/Python pickle/)).toBeVisible();
  await page.getByRole('article').filter({ hasText: 'Juniper XL' }).getByRole('button', { name: 'Use' }).click();
  await expect(page.getByLabel('Model', { exact: true })).toHaveValue(/Juniper XL/);
  await studio.view('Models');
  await page.getByRole('button', { name: /Remove folder/ }).click();
  await expect(page.getByText('Juniper XL', { exact: true })).toHaveCount(0);
});

test('the plan says which device draws and why, and the settings show its verdict', async ({ studio, page }) => {
  await expect(page.getByText('No GPU was found.')).toBeVisible();
  await studio.button('Settings').click();
  await expect(page.getByText('No GPU was found.')).toBeVisible();
  await studio.button('Check devices').click();
  const devices = page.getByRole('list', { name: 'Devices' });
  await expect(devices.getByText('Ready to use')).toBeVisible();
  await devices.getByText('1 of 1 check agrees with the reference').click();
  await expect(devices.getByText('UNet, node by node')).toBeVisible();
  // What was found out stays while the page is open.
  await studio.view('Canvas');
  await studio.button('Settings').click();
  await expect(devices.getByText('Ready to use')).toBeVisible();
});

test('a shortcut is changed, refused when taken, and works', async ({ studio, page }) => {
  await studio.button('Settings').click();
  await page.getByRole('button', { name: /^Brush tool:/ }).click();
  await page.keyboard.press('e');
  await expect(page.getByText('already starts “Eraser tool”', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: /^Brush tool:/ }).click();
  await page.keyboard.press('p');
  await studio.view('Canvas');
  await studio.tool('Hand');
  await page.keyboard.press('p');
  await expect(page.getByRole('toolbar', { name: 'Tools' }).getByRole('button', { name: 'Brush' })).toHaveAttribute('aria-pressed', 'true');
});

test('every action is in the command palette', async ({ studio, page }) => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search actions' }).fill('add region');
  await page.keyboard.press('Enter');
  await expect(studio.layer('Region 1')).toBeVisible();
});

test('nothing of the document is undone or deleted while another view hides it', async ({ studio, page }) => {
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 16, y: 16 }, { x: 96, y: 96 });
  await expect(studio.button('Undo')).toBeEnabled();
  await studio.view('Queue');
  await expect(studio.button('Undo')).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Delete');
  await studio.view('Canvas');
  await expect(studio.layer('Raster layer')).toBeVisible();
  expect(alphaAt(await exportedFrame(page), 50, 50)).toBe(255);
  // The palette shows what it acts on.
  await studio.view('Queue');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('undo');
  await page.keyboard.press('Enter');
  await expect(studio.canvas).toBeVisible();
  expect(alphaAt(await exportedFrame(page), 50, 50)).toBe(0);
});
