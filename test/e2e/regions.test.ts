import { colourAt, pixelsOf } from './pictures.ts';
import { expect, test } from './studio-test.ts';

test('two painted regions reach the engine exactly as painted, and each follows its prompt', async ({ studio, page, server }) => {
  await studio.prompt.fill('a green field');
  await page.getByLabel('Steps').fill('2');
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 1').fill('a red house');
  await studio.fillRectangle({ x: 16, y: 32 }, { x: 112, y: 224 });
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 2').fill('a blue boat');
  await studio.fillRectangle({ x: 144, y: 64 }, { x: 240, y: 192 });
  await expect(page.getByText('Text to image, 2 regions')).toBeVisible();
  await studio.draw();

  const client = server.client();
  const { jobs } = await client.call('queue.list', {});
  const recipe = jobs[0]?.recipe;
  expect(recipe?.regions.map((region) => region.prompt)).toEqual(['a blue boat', 'a red house']);
  const areas = [
    { x: 144, y: 64, right: 240, bottom: 192 },
    { x: 16, y: 32, right: 112, bottom: 224 },
  ];
  for (const [index, region] of (recipe?.regions ?? []).entries()) {
    const area = areas[index];
    if (!('asset' in region.mask) || !area) throw new Error('The region has no painted mask.');
    const { width, height, data } = await pixelsOf(client, region.mask.asset);
    expect([width, height]).toEqual([256, 256]);
    let wrong = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isInside = x >= area.x && x < area.right && y >= area.y && y < area.bottom;
        if (data[4 * (y * width + x)] !== (isInside ? 255 : 0)) wrong++;
      }
    }
    expect(wrong).toBe(0);
  }

  const { pictures } = await client.call('gallery.search', {});
  const drawn = await pixelsOf(client, pictures[0]?.asset ?? '');
  const [red, , blue] = colourAt(drawn, 60, 120);
  expect(red).toBeGreaterThan(blue * 1.5);
  const [boatRed, , boatBlue] = colourAt(drawn, 190, 120);
  expect(boatBlue).toBeGreaterThan(boatRed * 1.5);
});

test('a region says how much it covers, warns when that is little, and its complement covers the rest', async ({ studio, page }) => {
  await studio.addLayer('Region');
  await expect(page.getByText('Nothing is painted in the frame yet', { exact: false })).toBeVisible();
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 16, y: 16 });
  await expect(page.getByText('covers less than 2 %', { exact: false })).toBeVisible();
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 256, y: 64 });
  await expect(page.getByText('Covers 25 % of the frame')).toBeVisible();
  await studio.button('Duplicate as complement').click();
  await expect(page.getByText('Covers 75 % of the frame')).toBeVisible();
  await page.keyboard.press('Control+,');
  await expect(page.getByText('This region is hidden', { exact: false })).toBeVisible();
});

test('the attention inspector shows who won where, by step', async ({ studio, page }) => {
  await page
    .getByRole('region', { name: 'Examples' })
    .getByRole('button', { name: /Two regions/ })
    .click();
  await studio.draw();
  await page.keyboard.press('Control+i');
  const panel = page.getByRole('region', { name: 'Attention inspector' });
  await expect(panel.getByRole('button', { name: /Tree/ })).toBeVisible();
  const tree = await studio.at({ x: 40, y: 120 });
  await page.mouse.click(tree.x, tree.y);
  await expect(panel.getByText('Attention here')).toBeVisible();
  await expect(panel.getByRole('button').nth(1)).toHaveText(/Tree\s*\d\d %/);
  await panel.getByLabel('Step').fill('0');
  await panel.getByRole('button', { name: /House/ }).click();
  await expect(panel.getByRole('button', { name: /House/ })).toHaveAttribute('aria-pressed', 'true');
});

test('everything that is set on a region reaches the engine, and a region without words takes no part', async ({
  studio,
  page,
  server,
}) => {
  await studio.prompt.fill('a green field');
  await page.getByLabel('Steps').fill('2');
  await studio.addLayer('Region');
  await page.getByLabel('Prompt of Region 1').fill('a red house');
  await page.getByLabel('Negative of Region 1').fill('smoke');
  const inspector = page.getByRole('region', { name: 'Region 1 settings' });
  await inspector.getByLabel('Strength').fill('1.5');
  await inspector.getByLabel('Feather').fill('6');
  await inspector.getByLabel('Begin').fill('0.1');
  await inspector.getByLabel('End').fill('0.8');
  await inspector.getByText('Auto-negative').click();
  await inspector.getByText('Isolate').click();
  await inspector.getByLabel('Colour').fill('#3366cc');
  await studio.fillRectangle({ x: 0, y: 0 }, { x: 128, y: 128 });
  await studio.layer('Region 1').press('F2');
  await page.getByLabel('Name of layer').fill('House');
  await page.keyboard.press('Enter');
  await studio.addLayer('Region');
  await studio.fillRectangle({ x: 64, y: 0 }, { x: 128, y: 256 });
  await expect(page.getByText('Without a prompt or a reference this region takes no part.')).toBeVisible();
  await expect(page.getByText(/Shares\s+50 % of itself with\s+House/)).toBeVisible();
  await studio.layer('House').click();
  await expect(page.getByText(/Shares\s+50 % of itself with\s+Region 2/)).toBeVisible();
  await studio.draw();
  const { jobs } = await server.client().call('queue.list', {});
  expect(jobs[0]?.recipe.regions).toMatchObject([
    {
      name: 'House',
      prompt: 'a red house',
      negative: 'smoke',
      strength: 1.5,
      feather: 6,
      range: [0.1, 0.8],
      autoNegative: true,
      isolate: true,
    },
  ]);
});
