import { expect, test } from './studio-test.ts';

test.describe('while a run takes its time', () => {
  test.use({ serverOptions: { stepMs: 400 } });

  test('the first picture is one example and one key away, and becomes a layer', async ({ studio, page }) => {
    await page
      .getByRole('region', { name: 'Examples' })
      .getByRole('button', { name: /A red house/ })
      .click();
    await expect(studio.prompt).toHaveValue('a red house under a blue sky');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('progressbar')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Candidate 1, finished' })).toBeVisible();
    await studio.button('Accept as layer').click();
    await expect(studio.layer(/a red house/)).toBeVisible();
    await expect(page.getByText('Image to image', { exact: false })).toBeVisible();
  });

  test('a run is cancelled within a step and the queue goes on', async ({ studio, page, server }) => {
    await studio.prompt.fill('a blue boat');
    await page.getByLabel('Steps').fill('60');
    await studio.generate.click();
    await expect(page.getByText(/Step \d+ of 60/)).toBeVisible();
    await studio.button('Cancel').click();
    await expect(page.getByRole('progressbar')).toHaveCount(0);
    const client = server.client();
    await expect.poll(async () => (await client.call('queue.list', {})).jobs.map((job) => job.state)).toEqual(['cancelled']);
    await page.getByLabel('Steps').fill('3');
    await studio.draw();
  });

  test('the canvas stays usable while candidates wait', async ({ studio, page }) => {
    await studio.prompt.fill('a red house');
    await page.getByLabel('Steps').fill('60');
    await studio.generate.click();
    await expect(page.getByText(/Step \d+ of 60/)).toBeVisible();
    await studio.tool('Brush');
    await studio.drag({ x: 60, y: 60 }, { x: 150, y: 120 });
    await expect(studio.layer('Raster layer')).toBeVisible();
    await expect(page.getByText(/Step \d+ of 60/)).toBeVisible();
  });
});

test('a batch draws rising seeds, and each candidate can be kept, discarded and brought back', async ({ studio, page, server }) => {
  await studio.prompt.fill('a green field');
  await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('0');
  await studio.button('Lock seed').click();
  await page.getByLabel('Pictures').fill('3');
  await page.getByLabel('Steps').fill('2');
  await studio.generate.click();
  await expect(page.getByRole('button', { name: /^Candidate \d, finished/ })).toHaveCount(3);
  const client = server.client();
  const { jobs } = await client.call('queue.list', {});
  expect(jobs.map((job) => job.recipe.seed).sort((a, b) => a - b)).toEqual([0, 1, 2]);
  await studio.button('Discard').click();
  await expect.poll(async () => (await client.call('gallery.search', {})).total).toBe(2);
  await studio.button('Restore').click();
  await expect.poll(async () => (await client.call('gallery.search', {})).total).toBe(3);
  await studio.button('Keep all').click();
  await expect(page.getByRole('region', { name: 'Candidates' })).toHaveCount(0);
});

test('a sampler with levels of its own takes the schedule back, in one step', async ({ studio, page }) => {
  const schedule = page.getByLabel('Schedule');
  await schedule.selectOption({ label: 'Karras' });
  await page.getByLabel('Sampler').selectOption({ label: 'DDIM' });
  await expect(schedule).toHaveValue('default');
  await expect(schedule.locator('option')).toHaveText(['Sampler’s own']);
  await studio.button('Undo').click();
  await expect(schedule).toHaveValue('karras');
  await expect(page.getByLabel('Sampler')).toHaveValue('');
});

test('an accepted and a replaced picture are undone and redone like any stroke', async ({ studio, page }) => {
  await studio.prompt.fill('a red house');
  await page.getByLabel('Steps').fill('2');
  await studio.draw();
  await studio.button('Accept as layer').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(1);
  await studio.button('Undo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(0);
  await studio.button('Redo').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(1);
  await studio.draw();
  await studio.button('Replace').click();
  await expect(studio.layers.getByRole('option')).toHaveCount(1);
});

test('by keyboard alone: from the prompt to an accepted picture', async ({ studio, page }) => {
  await page.keyboard.press('/');
  await expect(studio.prompt).toBeFocused();
  await page.keyboard.type('a white boat');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search actions' }).press('ArrowDown');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: 'Candidate 1, finished' })).toBeVisible();
  await page.getByRole('button', { name: 'Candidate 1, finished' }).focus();
  await page.keyboard.press('Tab');
  await expect(studio.button('Accept as layer')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(studio.layer(/a white boat/)).toBeVisible();
});
