import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { Point, Rectangle } from '../../src-renderer/document/geometry.ts';
import { fitView, toScreen } from '../../src-renderer/document/view.ts';
import { Server, type ServerOptions } from './server.ts';

interface Fixtures {
  readonly serverOptions: ServerOptions;
  readonly server: Server;
  /** The page, opened and ready. */
  readonly studio: StudioPage;
}

/** The window as a person sees it: everything is found by role and name. */
export class StudioPage {
  readonly page: Page;
  readonly server: Server;
  readonly canvas: Locator;
  readonly prompt: Locator;
  readonly generate: Locator;
  readonly layers: Locator;

  constructor(page: Page, server: Server) {
    this.page = page;
    this.server = server;
    this.canvas = page.getByRole('application', { name: 'Canvas' });
    this.prompt = page.getByLabel('Prompt', { exact: true });
    this.generate = page.getByRole('button', { name: 'Generate', exact: true });
    this.layers = page.getByRole('listbox', { name: 'Layers' });
  }

  async open(): Promise<void> {
    await this.page.goto(this.server.address);
    await expect(this.prompt).toBeVisible();
    await expect(this.page.getByText(/CPU · ready/)).toBeVisible();
    await expect(this.page.getByText('Frame 256 × 256')).toBeVisible();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });
  }

  layer(name: string | RegExp): Locator {
    return this.layers.getByRole('option', { name });
  }

  async view(name: 'Canvas' | 'Gallery' | 'Queue' | 'Models'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name }).click();
  }

  async addLayer(kind: 'Raster layer' | 'Control layer' | 'Region' | 'Reference image' | 'Inpaint mask'): Promise<void> {
    await this.button('Add layer').click();
    await this.page.getByRole('menuitem', { name: kind }).click();
  }

  async tool(name: string): Promise<void> {
    await this.page.getByRole('toolbar', { name: 'Tools' }).getByRole('button', { name, exact: true }).click();
  }

  /** Where a point of the frame (in frame pixels) is on the screen, while the frame is fitted. */
  async at(point: Point, frame: Rectangle = { x: 0, y: 0, width: 256, height: 256 }): Promise<Point> {
    const box = await this.canvas.boundingBox();
    if (!box) throw new Error('The canvas is not shown.');
    const view = fitView(frame, box.width, box.height, { top: 64, bottom: 48, side: 32 });
    const screen = toScreen(view, point);
    return { x: box.x + screen.x, y: box.y + screen.y };
  }

  /** Drags from point to point of the frame. */
  async drag(...points: readonly Point[]): Promise<void> {
    const [first, ...rest] = await Promise.all(points.map((point) => this.at(point)));
    if (!first) return;
    await this.page.mouse.move(first.x, first.y);
    await this.page.mouse.down();
    for (const point of rest) await this.page.mouse.move(point.x, point.y, { steps: 6 });
    await this.page.mouse.up();
  }

  async fillRectangle(from: Point, to: Point): Promise<void> {
    await this.tool('Rectangle');
    await this.drag(from, to);
  }

  /** Generates and waits for the newest candidate. */
  async draw(): Promise<void> {
    const before = await this.page.getByRole('button', { name: /^Candidate \d+, finished/ }).count();
    await this.generate.click();
    await expect(this.page.getByRole('button', { name: /^Candidate \d+, finished/ })).toHaveCount(before + 1, { timeout: 30_000 });
  }
}

export const test = base.extend<Fixtures>({
  serverOptions: [{}, { option: true }],
  server: async ({ serverOptions }, use) => {
    const server = new Server(serverOptions);
    await server.start();
    await use(server);
    await server.remove();
  },
  studio: async ({ page, server }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    const studio = new StudioPage(page, server);
    await studio.open();
    await use(studio);
    expect(problems.filter((text) => !text.includes('WebSocket'))).toEqual([]);
  },
});

export { expect };
