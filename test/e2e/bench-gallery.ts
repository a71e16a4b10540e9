import { openLibrary } from '../../src-main/studio/library.ts';
import { nodeFileSystem } from '../../src-main/studio/files/file-system.ts';
import { launchBrowser } from './browser.ts';
import { Server } from './server.ts';
import { StudioPage } from './studio-page.ts';

/**
 * The gallery with 50,000 pictures: `node test/e2e/bench-gallery.ts`. Prints how long searches take, from the page's request to its
 * answer, and how many of the cells in sight are empty while the list is scrolled. Needs a built page.
 */
const count = 50_000;
const things = ['house', 'tree', 'boat', 'lighthouse', 'mountain', 'cat', 'balloon', 'rocket', 'umbrella', 'mushroom'];
const colours = ['red', 'green', 'blue', 'yellow', 'white', 'orange'];
const places = ['at night', 'at sunset', 'in the snow', 'by the sea', 'in a field', 'in the desert'];

const server = new Server({ stepMs: 1 });
await server.start();
const client = server.client();
for (let seed = 0; seed < 24; seed++) {
  const prompt = `a ${colours[seed % 6]} ${things[seed % 10]} ${places[seed % 6]}`;
  await client.call('queue.add', { recipe: { prompt, seed, steps: 1, size: { width: 128, height: 128 } } });
}
while ((await client.call('gallery.search', {})).total < 24) await new Promise((resolve) => setTimeout(resolve, 200));
const { pictures } = await client.call('gallery.search', {});
await server.stop();

const library = openLibrary({ folder: server.folder, files: nodeFileSystem, now: Date.now });
const rows = Array.from({ length: count - 24 }, (_, index) => {
  const source = pictures[index % pictures.length];
  if (!source) throw new Error('No picture was drawn.');
  const prompt = `a ${colours[index % 6]} ${things[(index * 7) % 10]} ${places[(index * 3) % 6]}, study ${index % 997}`;
  return { ...source, recipe: { ...source.recipe, prompt, seed: index }, job: null, capture: null };
});
for (let at = 0; at < rows.length; at += 5000) library.gallery.add(rows.slice(at, at + 5000));
library.close();

await server.start();
const browser = await launchBrowser();
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const studio = new StudioPage(page, server);
  await page.goto(server.address);
  await studio.prompt.waitFor();
  await studio.view('Gallery');
  await page.getByText('50,000 pictures').waitFor();

  const times: number[] = [];
  const second = server.client();
  for (const text of [
    'red',
    'house night',
    'boat sunset study 12',
    'seed:4711',
    'lighth',
    'a b c',
    'umbrella snow yellow',
    'size:128x128',
    'study 99',
    'nothing',
  ]) {
    for (let turn = 0; turn < 4; turn++) {
      const start = performance.now();
      await second.call('gallery.search', { text, offset: turn * 100 });
      times.push(performance.now() - start);
    }
  }
  times.sort((a, b) => a - b);
  console.log(`search of 50,000                   p50 ${times[20]?.toFixed(1)} ms  p95 ${times[37]?.toFixed(1)} ms  limit 100 ms`);

  const blank = await page.evaluate(async () => {
    const box = document.querySelector('.grid');
    if (!box) return null;
    let seen = 0;
    let empty = 0;
    for (let step = 0; step < 120; step++) {
      box.scrollTop += 160;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 16)));
      const bounds = box.getBoundingClientRect();
      for (const cell of box.querySelectorAll('.cell')) {
        const { top, bottom } = cell.getBoundingClientRect();
        if (bottom < bounds.top || top > bounds.bottom) continue;
        seen++;
        if (!cell.querySelector('button')) empty++;
      }
    }
    return { seen, empty };
  });
  console.log(`cells in sight while scrolling      ${blank?.seen} seen, ${blank?.empty} empty`);
} finally {
  await browser.close();
  await server.remove();
}
