import type { CDPSession } from '@playwright/test';
import sharp from 'sharp';
import { launchBrowser } from './browser.ts';
import { Server } from './server.ts';
import { StudioPage } from './studio-page.ts';

/**
 * What the page costs its main thread: `node test/e2e/bench.ts`. 40 layers of 2048 x 2048 are panned, zoomed and painted on while
 * Chromium traces itself; the start is timed from the first request to a usable prompt. Needs a built page.
 */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tid: number;
  readonly pid: number;
  readonly args: { readonly name?: string; readonly data?: { readonly type?: string } };
}

const side = 2048;
const layers = 40;

async function traced(session: CDPSession, action: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: unknown[] }) => events.push(...(value as TraceEvent[]));
  session.on('Tracing.dataCollected', collect);
  await session.send('Tracing.start', {
    categories: 'devtools.timeline,disabled-by-default-devtools.timeline,__metadata',
    transferMode: 'ReportEvents',
  });
  await action();
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', collect);
  return events;
}

function mainThread(events: readonly TraceEvent[]): TraceEvent[] {
  const main = events.find((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain');
  return events.filter((event) => event.ph === 'X' && event.tid === main?.tid && event.pid === main.pid);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Milliseconds of script a frame: the animation callback and the input events before it. */
function scriptPerFrame(events: readonly TraceEvent[]): number[] {
  const frames: number[] = [];
  let sum = 0;
  for (const event of mainThread(events).sort((a, b) => a.ts - b.ts)) {
    if (event.name === 'EventDispatch') sum += event.dur ?? 0;
    if (event.name !== 'FireAnimationFrame') continue;
    frames.push((sum + (event.dur ?? 0)) / 1000);
    sum = 0;
  }
  return frames;
}

function eventTimes(events: readonly TraceEvent[], type: string): number[] {
  return mainThread(events)
    .filter((event) => event.name === 'EventDispatch' && event.args.data?.type === type)
    .map((event) => (event.dur ?? 0) / 1000);
}

function print(name: string, values: readonly number[], limit: number): void {
  const p95 = percentile(values, 0.95);
  const verdict = p95 <= limit ? 'ok' : 'over';
  console.log(
    `${name.padEnd(34)} p50 ${percentile(values, 0.5).toFixed(2)} ms  p95 ${p95.toFixed(2)} ms  limit ${limit} ms  ${verdict}  (${values.length})`,
  );
}

const server = new Server();
await server.start();
const browser = await launchBrowser();
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const studio = new StudioPage(page, server);
  const before = performance.now();
  await page.goto(server.address);
  await studio.prompt.waitFor();
  console.log(`${'page usable after'.padEnd(34)} ${Math.round(performance.now() - before)} ms  limit 2000 ms`);
  await studio.open();
  await page.getByLabel('Prompt', { exact: true }).fill('bench');
  const noise = await sharp({
    create: { width: side, height: side, channels: 4, background: '#30507080', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const transfer = await page.evaluateHandle(async (base64) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'noise.png', { type: 'image/png' }));
    return data;
  }, noise.toString('base64'));
  await studio.canvas.dispatchEvent('drop', { dataTransfer: transfer });
  await studio.layer('noise').click({ timeout: 30_000 });
  for (let index = 1; index < layers; index++) await page.keyboard.press('Control+j');
  await studio.layers
    .getByRole('option')
    .nth(layers - 1)
    .waitFor();
  await page.keyboard.press('Control+Shift+n');
  await page.keyboard.press('b');
  for (let step = 0; step < 14; step++) await page.keyboard.press('-');
  await page.waitForTimeout(6000);
  const box = await studio.canvas.boundingBox();
  if (!box) throw new Error('The canvas is not shown.');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  const session = await page.context().newCDPSession(page);

  const pan = await traced(session, async () => {
    for (let step = 0; step < 90; step++) await page.mouse.wheel(step % 30 < 15 ? 24 : -24, 12 * Math.sin(step / 5));
    await page.waitForTimeout(500);
  });
  print(`pan, ${layers} layers at ${side}²`, scriptPerFrame(pan), 10);

  await page.keyboard.down('Control');
  const zoom = await traced(session, async () => {
    for (let step = 0; step < 90; step++) await page.mouse.wheel(0, step % 30 < 15 ? -40 : 40);
    await page.waitForTimeout(500);
  });
  await page.keyboard.up('Control');
  print(`zoom, ${layers} layers at ${side}²`, scriptPerFrame(zoom), 10);

  const paint = await traced(session, async () => {
    await page.mouse.move(x - 200, y - 100);
    await page.mouse.down();
    for (let step = 0; step < 120; step++) await page.mouse.move(x - 200 + step * 3, y - 100 + 80 * Math.sin(step / 8));
    await page.mouse.up();
    await page.waitForTimeout(500);
  });
  print('brush, a pointer event', eventTimes(paint, 'pointermove'), 8);
  print('brush, a frame', scriptPerFrame(paint), 10);
} finally {
  await browser.close();
  await server.remove();
}
