import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Desk } from '../e2e/journeys/desk.ts';
import { exchangeJourneys } from '../e2e/journeys/exchange.ts';
import { paintingJourneys } from '../e2e/journeys/painting.ts';
import { survivalJourneys } from '../e2e/journeys/survival.ts';
import { starterSide } from '../e2e/starter.ts';
import { StudioPage } from '../e2e/studio-page.ts';
import { TestApp } from './app.ts';

/** The journeys of a person through the desktop app, on the real studio and engine; test/e2e runs the same ones in a browser. */
let app: TestApp;

test.beforeEach(async () => {
  app = new TestApp();
  await app.start();
});

test.afterEach(async () => {
  await app.dispose();
});

/** The window that is open now. A page of the app has no address of its own to be opened at. */
const windowOf = () => new StudioPage(app.page, { address: 'app://studio/' }, starterSide);

for (const { name, run } of [...survivalJourneys, ...paintingJourneys, ...exchangeJourneys]) {
  test(name, async () => {
    test.slow();
    let studio = windowOf();
    await studio.ready();
    const desk: Desk = {
      get studio() {
        return studio;
      },
      dataFolder: join(app.folder, 'data'),
      restart: async () => {
        await app.stop();
        await app.start();
        studio = windowOf();
        await studio.ready();
      },
      killStudio: () => {
        expect(app.kill('hosts/app-host.ts')).toBe(1);
        return Promise.resolve();
      },
      killEngine: () => app.kill('src-main/engine/main.ts'),
    };
    await run(desk);
  });
}

test('small copies of pictures and reference pictures are served by id, and nothing else beside them', async () => {
  const studio = windowOf();
  await studio.ready();
  await studio.prompt.fill('a red house');
  await studio.page.getByLabel('Steps').fill('1');
  await studio.draw();
  await studio.view('Gallery');
  const picture = studio.page.getByRole('group', { name: 'Pictures' }).locator('img').first();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(starterSide);
  const address = (await picture.getAttribute('src')) ?? '';
  expect(address).toMatch(/^asset:\/\/[0-9a-f]{64}\/thumbnail$/);
  const kinds = await studio.page.evaluate(async (small) => {
    const kind = async (url: string) => {
      const answer = await fetch(url).catch(() => null);
      return answer?.ok === true ? answer.headers.get('content-type') : (answer?.status ?? 0);
    };
    return Promise.all([kind(small), kind(small.replace('/thumbnail', '')), kind(`asset://${'0'.repeat(64)}/thumbnail`)]);
  }, address);
  expect(kinds).toEqual(['image/webp', 'image/png', 404]);
});
