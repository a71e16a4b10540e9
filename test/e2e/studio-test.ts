import { test as base, expect } from '@playwright/test';
import { Server, type ServerOptions } from './server.ts';
import { starterSide } from './starter.ts';
import { StudioPage } from './studio-page.ts';

interface Fixtures {
  readonly serverOptions: ServerOptions;
  readonly server: Server;
  /** The page, opened and ready. */
  readonly studio: StudioPage;
}

export const test = base.extend<Fixtures>({
  serverOptions: [{}, { option: true }],
  server: async ({ serverOptions }, use) => {
    const server = new Server(serverOptions);
    await server.start();
    await use(server);
    await server.remove();
  },
  studio: async ({ page, server, serverOptions }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    const studio = new StudioPage(page, server, serverOptions.engine === 'real' ? starterSide : 256);
    await studio.open();
    await use(studio);
    expect(problems.filter((text) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
  },
});

export { expect };
