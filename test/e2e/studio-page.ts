import { expect, type Locator, type Page } from '@playwright/test';
import type { Point, Rectangle } from '../../src-renderer/document/geometry.ts';
import { fitView, toScreen } from '../../src-renderer/document/view.ts';

/** The window as a person sees it: everything is found by role and name. */
export class StudioPage {
  readonly page: Page;
  readonly server: { readonly address: string };
  /** Side of the square that a new document's frame is. */
  readonly side: number;
  readonly canvas: Locator;
  readonly prompt: Locator;
  readonly generate: Locator;
  readonly layers: Locator;

  constructor(page: Page, server: { readonly address: string }, side = 256) {
    this.page = page;
    this.server = server;
    this.side = side;
    this.canvas = page.getByRole('application', { name: 'Canvas' });
    this.prompt = page.getByLabel('Prompt', { exact: true });
    this.generate = page.getByRole('button', { name: 'Generate', exact: true });
    this.layers = page.getByRole('listbox', { name: 'Layers' });
  }

  async open(): Promise<void> {
    await this.page.goto(this.server.address);
    await this.ready();
  }

  /** Waits until the engine has named its models and a new document has taken the size of the first. */
  async ready(): Promise<void> {
    await expect(this.prompt).toBeVisible();
    await expect(this.page.getByText(/CPU.* · ready/)).toBeVisible({ timeout: 60_000 });
    await expect(this.page.getByText(`Frame ${this.side} × ${this.side}`)).toBeVisible();
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
  async at(point: Point, frame: Rectangle = { x: 0, y: 0, width: this.side, height: this.side }): Promise<Point> {
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

  async selectRectangle(from: Point, to: Point): Promise<void> {
    await this.tool('Rectangle');
    await this.page.getByRole('radio', { name: 'Select' }).check();
    await this.drag(from, to);
  }

  /** Drops a picture file on the canvas. */
  async drop(bytes: Uint8Array, name: string): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ([base64 = '', fileName = '']) => {
        const data = new DataTransfer();
        const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([raw], fileName, { type: 'image/png' }));
        return data;
      },
      [Buffer.from(bytes).toString('base64'), name],
    );
    await this.canvas.dispatchEvent('drop', { dataTransfer: transfer });
  }

  /** Waits until the studio has confirmed every change. */
  async saved(): Promise<void> {
    await expect(this.page.getByTitle('All changes are saved')).toBeVisible();
  }

  candidate(number: number): Locator {
    return this.button(`Candidate ${number}, finished`);
  }

  /** Generates and waits for the newest candidate. */
  async draw(): Promise<void> {
    const before = await this.page.getByRole('button', { name: /^Candidate \d+, finished/ }).count();
    await this.generate.click();
    await expect(this.page.getByRole('button', { name: /^Candidate \d+, finished/ })).toHaveCount(before + 1, { timeout: 60_000 });
  }
}
