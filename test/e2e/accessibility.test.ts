import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './studio-test.ts';

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious in any view, ${theme}`, async ({ studio, page, server }) => {
    // Axe looks at every element of seven states of the window.
    test.slow();
    await server.client().call('settings.set', { theme });
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
    }
    await studio.button('Settings').click();
    await check('settings');
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('palette');
  });
}
