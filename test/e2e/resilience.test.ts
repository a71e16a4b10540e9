import sharp from 'sharp';
import { alphaAt, exportedFrame } from './exported.ts';
import { StudioPage } from './studio-page.ts';
import { expect, test } from './studio-test.ts';

const lost = 'The studio has stopped answering';

test('a page whose studio was killed says so, keeps what is painted, and goes on with the next one', async ({ studio, page, server }) => {
  await studio.prompt.fill('a harbour');
  await studio.addLayer('Raster layer');
  await studio.tool('Brush');
  await studio.drag({ x: 40, y: 40 }, { x: 120, y: 100 });
  await studio.saved();
  await server.stop('kill');
  await expect(page.getByText(lost)).toBeVisible();
  await studio.drag({ x: 200, y: 40 }, { x: 200, y: 100 });
  await studio.prompt.fill('a harbour at dusk');
  await expect(page.getByText('Your changes are kept here', { exact: false })).toBeVisible();

  await server.start();
  await expect(page.getByText(lost)).toHaveCount(0);
  await studio.saved();
  await page.reload();
  await expect(studio.prompt).toHaveValue('a harbour at dusk');
  await expect(studio.layer('Raster layer')).toBeVisible();
  const download = page.waitForEvent('download');
  await page.keyboard.press('Control+Shift+s');
  const { data } = await sharp(await (await download).path()).ensureAlpha().raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
  const alphaAt = (x: number, y: number) => data[4 * (y * 256 + x) + 3];
  expect([alphaAt(80, 70), alphaAt(200, 70), alphaAt(128, 200)]).toEqual([255, 255, 0]);
});

test('a wish to draw that nobody answered is drawn once when the studio is back', async ({ studio, page, server }) => {
  await studio.prompt.fill('a red house');
  await page.getByLabel('Steps').fill('2');
  await studio.saved();
  await server.stop('kill');
  await expect(page.getByText(lost)).toBeVisible();
  await studio.generate.click();
  await server.start();
  await expect(page.getByRole('button', { name: 'Candidate 1, finished' })).toBeVisible({ timeout: 30_000 });
  expect((await server.client().call('queue.list', {})).jobs).toHaveLength(1);
});

test.describe('while pictures take their time', () => {
  test.use({ serverOptions: { stepMs: 120 } });

  test('document, queue and gallery are as they were when the studio was killed in the middle of a picture', async ({
    studio,
    page,
    server,
  }) => {
    await studio.prompt.fill('a red house');
    await page.getByLabel('Steps').fill('2');
    await studio.draw();
    await page.getByLabel('Pictures').fill('2');
    await page.getByLabel('Steps').fill('20');
    await studio.generate.click();
    await expect(page.getByText(/Step \d+ of 20/)).toBeVisible();
    await server.stop('kill');
    await expect(page.getByText(lost)).toBeVisible();
    await server.start();
    // The job is drawn again from its beginning, the one after it follows, and the strip shows both.
    await expect(page.getByRole('button', { name: /^Candidate \d, finished/ })).toHaveCount(3, { timeout: 40_000 });
    const client = server.client();
    expect((await client.call('gallery.search', {})).total).toBe(3);
    expect((await client.call('queue.list', {})).jobs.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    await expect(studio.prompt).toHaveValue('a red house');
  });
});

test.describe('a document in two windows', () => {
  test('is edited by one, shown by the other, handed over on request, and taken up when the first one closes', async ({
    studio,
    page,
    server,
    context,
  }) => {
    await studio.prompt.fill('a harbour');
    await studio.saved();
    const second = new StudioPage(await context.newPage(), server);
    await second.open();
    await expect(second.page.getByText('Open in another window.')).toBeVisible();
    await expect(second.prompt).toHaveValue('a harbour');
    await second.addLayer('Raster layer');
    await expect(second.page.getByText('This window only shows the document', { exact: false })).toBeVisible();
    await expect(second.layers.getByRole('option')).toHaveCount(0);

    // The last change of the first window, made a moment before, is handed over too.
    await studio.prompt.fill('a harbour at dusk');
    await second.button('Edit here').click();
    await expect(second.prompt).toHaveValue('a harbour at dusk');
    await expect(page.getByText('Open in another window.')).toBeVisible();
    await second.addLayer('Region');
    await expect(second.layer('Region 1')).toBeVisible();
    await second.saved();

    await second.page.close();
    await expect(page.getByText('Open in another window.')).toHaveCount(0);
    await expect(studio.layer('Region 1')).toBeVisible();
    await studio.layer('Region 1').press('Delete');
    await expect(studio.layers.getByRole('option')).toHaveCount(0);
  });

  test('shows in the second what the first paints and takes back', async ({ studio, server, context }) => {
    const second = new StudioPage(await context.newPage(), server);
    await second.open();
    await expect(second.page.getByText('Open in another window.')).toBeVisible();
    await studio.prompt.fill('a harbour in fog');
    await expect(second.prompt).toHaveValue('a harbour in fog');
    await studio.addLayer('Raster layer');
    await studio.tool('Brush');
    await studio.drag({ x: 40, y: 40 }, { x: 120, y: 100 });
    await studio.saved();
    await expect(second.layer('Raster layer')).toBeVisible();
    await expect.poll(async () => alphaAt(await exportedFrame(second.page), 80, 70)).toBe(255);
    await studio.button('Undo').click();
    await expect.poll(async () => alphaAt(await exportedFrame(second.page), 80, 70)).toBe(0);
    await studio.button('Undo').click();
    await expect(second.layers.getByRole('option')).toHaveCount(0);
    await second.page.close();
  });

  test('a window that could not save before it was taken over keeps its changes as a copy', async ({ studio, page, server, context }) => {
    await studio.prompt.fill('a harbour');
    await studio.saved();
    await server.stop('kill');
    await expect(page.getByText(lost)).toBeVisible();
    await studio.addLayer('Raster layer');
    await studio.tool('Brush');
    await studio.drag({ x: 40, y: 40 }, { x: 120, y: 100 });
    // Before the first window is back, another client has the document.
    await page.route('**/*', (route) => route.abort());
    await context.setOffline(true);
    await server.start();
    const other = server.client();
    const [document] = (await other.call('documents.list', {})).documents;
    expect((await other.call('documents.claim', { document: document?.id ?? '' })).isWriter).toBe(true);
    await context.setOffline(false);
    await page.unroute('**/*');
    await expect(page.getByText('Another window took this document over')).toBeVisible({ timeout: 15_000 });
    await studio.button('Save as a copy').click();
    await expect(page.getByText('Another window took this document over')).toHaveCount(0);
    await expect(studio.layer('Raster layer')).toBeVisible();
    await page.reload();
    await expect(studio.layer('Raster layer')).toBeVisible();
    await expect(studio.prompt).toHaveValue('a harbour');
    expect((await other.call('documents.list', {})).documents).toHaveLength(2);
  });
});
