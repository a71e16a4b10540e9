import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { FirstCalls, measureLocality } from './locality.ts';
import { writeControlNet, writeIpAdapter, writeT2iAdapter } from './toy-add-ons.ts';
import { openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

const folder = temporaryFolder();
const calls = new FirstCalls();
const side = 64;
const mask = { rectangle: { x: 0, y: 0, width: side / 2, height: side } };
let model: LoadedModel;
let guides: Readonly<Record<string, Partial<RecipeInput>>>;

beforeAll(async () => {
  model = await openToyModel({ ran: calls.ran });
  const picture = await writePicture(`${folder}/picture.png`);
  guides = {
    ControlNet: { controls: [{ model: writeControlNet(`${folder}/net`, toyUnet), picture, mask }] },
    'T2I-Adapter': {
      controls: [
        { kind: 't2i-adapter', model: writeT2iAdapter(`${folder}/t2i`, toyUnet['block_out_channels'] as number[]), picture, mask },
      ],
    },
    'IP-Adapter': { references: [{ model: writeIpAdapter(`${folder}/ip`, toyUnet), picture, mask }] },
  };
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

// A random network mixes places far more than a trained one: here only the side counts. test/adapters/print-locality.ts measures trained ones.
test.each(['ControlNet', 'T2I-Adapter', 'IP-Adapter'])('a masked %s changes more inside of its mask than outside', async (name) => {
  const plain = { size: { width: side, height: side }, steps: 2 };
  const { call, picture } = await measureLocality(model, calls, { plain, guided: guides[name]!, edge: side / 2, halo: 8, seeds: 2 });
  expect(call.inside).toBeGreaterThan(1.1 * call.outside);
  expect(picture.inside).toBeGreaterThan(picture.outside);
});
