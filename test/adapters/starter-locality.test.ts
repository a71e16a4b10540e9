import { rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { starterId, type RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { modelPath } from '../../src-main/engine/model/model-library.ts';
import { FirstCalls, measureLocality } from './locality.ts';
import { openToyModel, temporaryFolder } from './toy-job.ts';

const folder = temporaryFolder();
const calls = new FirstCalls();
const side = 256;
const mask = { rectangle: { x: 0, y: 0, width: side / 2, height: side } };
const drawings = {
  lines: '<rect width="256" height="256" fill="black"/><circle cx="64" cy="128" r="46" fill="none" stroke="white" stroke-width="2"/>',
  reference: '<rect width="256" height="256" fill="#8fc8f4"/><circle cx="128" cy="128" r="70" fill="#d8302e"/>',
};
let model: LoadedModel;

beforeAll(async () => {
  model = await openToyModel({ ran: calls.ran }, modelPath(starterId));
  for (const [name, drawing] of Object.entries(drawings)) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${drawing}</svg>`;
    await sharp(Buffer.from(svg))
      .png()
      .toFile(join(folder, `${name}.png`));
  }
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

interface Guided {
  readonly name: string;
  readonly prompt: string;
  readonly guide: Partial<RecipeInput>;
}

const cases: readonly Guided[] = [
  {
    name: 'line ControlNet',
    prompt: 'a red circle on the left on a white background',
    guide: { controls: [{ model: 'lines', picture: join(folder, 'lines.png'), mask }] },
  },
  {
    // It shows another thing than the words: where both agree it changes little inside, and the share says less (0.12).
    name: 'reference',
    prompt: 'a blue star on the left on a white background',
    guide: { references: [{ picture: join(folder, 'reference.png'), mask }] },
  },
];

test.each(cases)(
  'a masked $name of the starter changes less than a tenth as much outside of its mask and halo as inside',
  async ({ prompt, guide }) => {
    const plain = { prompt, size: { width: side, height: side }, steps: 8 };
    const { picture } = await measureLocality(model, calls, { plain, guided: guide, edge: side / 2, halo: side / 8, seeds: 20 });
    expect(picture.outside / picture.inside).toBeLessThan(0.1);
  },
);
