import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openModel } from '../../models/checkpoint/open-model.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { locateRecipe } from '../../src-main/engine/adapters/locate.ts';
import { modelFiles } from '../../src-main/engine/files.ts';
import { inspectCompanions } from '../../src-main/engine/jobs/companions.ts';
import { writeControlNet, writeIpAdapter } from './toy-add-ons.ts';
import { temporaryFolder, toyModelPath, toyUnet } from './toy-job.ts';
import { writeInversion, writeLora } from './toy-loras.ts';

const folder = temporaryFolder();
const adapter = join(folder, 'ip-adapter', 'ip-adapter.safetensors');

beforeAll(async () => {
  for (const name of ['lora', 'embeddings', 'controlnet-broken']) mkdirSync(join(folder, name));
  cpSync(join(dirname(toyModelPath), 'tiny-sd15'), join(folder, 'base'), { recursive: true });
  writeControlNet(join(folder, 'controlnet-lines'), toyUnet);
  writeIpAdapter(join(folder, 'ip-adapter'), toyUnet);
  writeLora(join(folder, 'lora', 'cut-paper.safetensors'), await openModel(toyModelPath, modelFiles));
  writeInversion(join(folder, 'embeddings', 'ember.safetensors'), [2, 32]);
  writeFileSync(join(folder, 'controlnet-broken', 'diffusion_pytorch_model.safetensors'), 'cut');
});

beforeEach(() => {
  vi.stubEnv('STRATA_STARTER', folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what came with the starter model is listed under the names that recipes use', async () => {
  const found = await inspectCompanions('starter');
  expect(found.map(({ id, name, kind, companionOf }) => [id, name, kind, companionOf])).toEqual([
    ['lines', 'Lines', 'controlnet', 'starter'],
    ['ember', 'Ember', 'embedding', 'starter'],
    [adapter, 'IP-Adapter', 'ip-adapter', 'starter'],
    ['cut-paper', 'Cut paper', 'lora', 'starter'],
  ]);
});

test('a recipe that names them finds them', async () => {
  const recipe = recipeSchema.parse({
    prompt: 'ember',
    seed: 1,
    controls: [{ model: 'lines', picture: 'x' }],
    references: [{ picture: 'x' }, { picture: 'x', model: adapter }],
    loras: [{ file: 'cut-paper' }],
    embeddings: [{ file: 'ember' }],
  });
  expect(await locateRecipe(recipe, [])).toEqual({ recipe, missing: [] });
});

test('other models came with nothing', async () => {
  expect(await inspectCompanions(toyModelPath)).toEqual([]);
});
