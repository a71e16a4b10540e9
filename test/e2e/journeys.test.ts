import type { Desk } from './journeys/desk.ts';
import { exchangeJourneys } from './journeys/exchange.ts';
import { paintingJourneys } from './journeys/painting.ts';
import { survivalJourneys } from './journeys/survival.ts';
import { killDescendants } from './processes.ts';
import { expect, test } from './studio-test.ts';

/** The journeys of a person through the browser's window, on the real studio and engine; test/electron runs the same ones. */
test.use({ serverOptions: { engine: 'real' } });

for (const { name, run } of [...survivalJourneys, ...paintingJourneys, ...exchangeJourneys]) {
  test(name, async ({ studio, server }) => {
    test.slow();
    const desk: Desk = {
      studio,
      dataFolder: server.folder,
      restart: async () => {
        await server.stop();
        await server.start();
        await studio.open();
      },
      killStudio: async () => {
        await server.stop('kill');
        await expect(studio.page.getByText('The studio has stopped answering')).toBeVisible();
        await server.start();
      },
      killEngine: () => killDescendants(server.pid, 'src-main/engine/main.ts'),
    };
    await run(desk);
  });
}
