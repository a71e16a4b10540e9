import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import { root } from '../tool.ts';
import { FirstCalls, measureLocality, type Leak } from './locality.ts';
import { openToyModel, temporaryFolder, writePicture } from './toy-job.ts';

/**
 * `node test/adapters/print-locality.ts [MODEL] [--control NAME] [--adapter NAME] [--picture FILE] [--prompt TEXT] [--size N] [--steps N] [--seeds N]`:
 * how much a control and a reference that are masked to the left half change the right half of a picture, as a share of what they change in
 * the left one. The goal is less than 10 %. Without names, companions that lie beside the model are taken.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    control: { type: 'string', default: 'lines' },
    adapter: { type: 'string' },
    picture: { type: 'string' },
    prompt: { type: 'string', default: 'a red house under a blue sky' },
    size: { type: 'string', default: '256' },
    steps: { type: 'string', default: '12' },
    seeds: { type: 'string', default: '20' },
  },
});
const [path = join(root, 'models/starter/weights')] = positionals;
const side = Number(values.size);
const folder = temporaryFolder();
const calls = new FirstCalls();
const model = await openToyModel({ ran: calls.ran }, path);
const picture = values.picture ?? (await writePicture(join(folder, 'picture.png')));
const mask = { rectangle: { x: 0, y: 0, width: side / 2, height: side } };
const guides: Readonly<Record<string, Partial<RecipeInput>>> = {
  control: { controls: [{ model: values.control, picture, mask }] },
  'control, first half of the steps': { controls: [{ model: values.control, picture, mask, range: [0, 0.5] }] },
  reference: { references: [{ ...(values.adapter !== undefined && { model: values.adapter }), picture, mask }] },
  'reference, first half of the steps': {
    references: [{ ...(values.adapter !== undefined && { model: values.adapter }), picture, mask, range: [0, 0.5] }],
  },
};
const share = ({ inside, outside }: Leak) => `${((100 * outside) / inside).toFixed(1)} %`;
for (const [name, guided] of Object.entries(guides)) {
  const plain = { prompt: values.prompt, negative: '', guidance: 5, steps: Number(values.steps), size: { width: side, height: side } };
  const job = { plain, guided, edge: side / 2, halo: side / 8, seeds: Number(values.seeds) };
  try {
    const { call, picture: whole } = await measureLocality(model, calls, job);
    process.stdout.write(
      `${name.padEnd(36)} outside / inside: first call ${share(call)}, picture ${share(whole)} (${whole.outside.toFixed(2)} / ${whole.inside.toFixed(2)} of 255)\n`,
    );
  } catch (error) {
    process.stdout.write(`${name.padEnd(36)} ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
await model.release();
rmSync(folder, { recursive: true, force: true });
