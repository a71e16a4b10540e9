import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './studio-test.ts';

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious in any view, ${theme}`, async ({ studio, page, server }) => {
    // Axe looks at every element of ten states of the window.
    test.slow();
    const client = server.client();
    await client.call('settings.set', { theme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    const check = async (place: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${place}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    };
    await check('first run');
    await page
      .getByRole('region', { name: 'Examples' })
      .getByRole('button', { name: /Two regions/ })
      .click();
    await studio.addLayer('Control layer');
    await studio.addLayer('Reference image');
    await studio.addLayer('Inpaint mask');
    await studio.layer('Tree').click();
    await studio.draw();
    await page.keyboard.press('Control+i');
    await expect(page.getByRole('region', { name: 'Attention inspector' })).toBeVisible();
    await check('canvas');
    for (const view of ['Gallery', 'Queue', 'Models'] as const) {
      await studio.view(view);
      if (view === 'Gallery') await page.getByRole('group', { name: 'Pictures' }).getByRole('button').first().click();
      await check(view);
      if (view !== 'Gallery') continue;
      await page.getByRole('group', { name: 'Pictures' }).getByRole('button').first().dblclick();
      await expect(page.getByRole('dialog')).toBeVisible();
      await check('viewer');
      await page.keyboard.press('Escape');
    }
    await studio.button('Settings').click();
    await studio.button('Check devices').click();
    await expect(page.getByRole('list', { name: 'Devices' })).toBeVisible();
    await check('settings');
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('palette');
    await page.keyboard.press('Escape');
    const [document] = (await client.call('documents.list', {})).documents;
    await client.call('documents.claim', { document: document?.id ?? '', isTakeover: true });
    await expect(page.getByText('Open in another window.')).toBeVisible();
    await check('another window');
  });
}
