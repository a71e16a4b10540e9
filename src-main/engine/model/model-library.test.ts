import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openModel } from '../../../models/checkpoint/open-model.ts';
import type { ComponentName } from '../../../models/checkpoint/types.ts';
import { recipeSchema, starterId } from '../../contract/recipe.ts';
import { writeSafetensors, type TensorToWrite } from '../../formats/safetensors/write.ts';
import { onnxBackend } from '../backends/onnx/onnx.ts';
import { modelFiles, readWeight } from '../files.ts';
import { inspectModel } from '../jobs/inspect.ts';
import { generate } from '../jobs/generate.ts';
import { describeModel, ModelLibrary } from './model-library.ts';

const toys = join(import.meta.dirname, '../../../test/golden/copy/models');
const fileNames: Readonly<Partial<Record<ComponentName, string>>> = {
  unet: 'unet/diffusion_pytorch_model.safetensors',
  vae: 'vae/diffusion_pytorch_model.safetensors',
  text_encoder: 'text_encoder/model.safetensors',
};

let root: string;
let whole: string;
/** A copy of the whole model that the test may damage; the embedded model for its time. */
let model: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'strata-damage-'));
  whole = join(root, 'whole');
  await cp(join(toys, 'tiny-sd15'), whole, { recursive: true });
  const { components } = await openModel(join(toys, 'tiny-sd15-f16.safetensors'), modelFiles);
  for (const [name, file] of Object.entries(fileNames)) {
    const tensors = new Map<string, TensorToWrite>();
    for (const [weight, location] of components[name as ComponentName]!.weights)
      tensors.set(weight, { dtype: 'F32', shape: location.shape, data: await readWeight(location) });
    await writeFile(join(whole, file), writeSafetensors(tensors));
  }
});

afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  model = await mkdtemp(join(root, 'model-'));
  await cp(whole, model, { recursive: true });
  vi.stubEnv('STRATA_STARTER', model);
});

const restore = 'install Strata again, or copy this file from its release.';

async function messageOf(work: Promise<unknown>): Promise<{ readonly code: unknown; readonly message: string }> {
  const error: unknown = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  return { code: (error as { code?: unknown }).code, message: (error as Error).message };
}

test('a whole folder of a model and its companions is opened by its base', async () => {
  await expect(describeModel(starterId)).resolves.toMatchObject({ path: model, layout: 'diffusers' });
  const folder = await mkdtemp(join(root, 'with-base-'));
  await cp(whole, join(folder, 'base'), { recursive: true });
  await expect(describeModel(folder)).resolves.toMatchObject({ path: `${folder}/base` });
});

test('words and settings lie beside the embedded model, or in the folder of any model', async () => {
  const text = JSON.stringify({ words: ['house', 'red'], settings: { steps: 12, sampler: 'euler' } });
  const said = { vocabulary: ['house', 'red'], defaults: { steps: 12, guidance: 7, sampler: 'euler' } };
  const folder = await mkdtemp(join(root, 'starter-'));
  await cp(whole, join(folder, 'weights', 'base'), { recursive: true });
  await writeFile(join(folder, 'vocabulary.json'), text);
  vi.stubEnv('STRATA_STARTER', join(folder, 'weights'));
  expect(await inspectModel(starterId)).toMatchObject({ name: 'Starter model', usable: true, ...said });
  expect((await inspectModel(join(folder, 'weights'))).vocabulary).toEqual([]);
  await writeFile(join(model, 'vocabulary.json'), text);
  expect(await inspectModel(model)).toMatchObject(said);
});

test('a missing weight file is named, with how to restore it', async () => {
  await rm(join(model, fileNames.vae!));
  const { code, message } = await messageOf(describeModel(starterId));
  expect(code).toBe('missingComponent');
  expect(message).toContain(`${model}/vae: The weights are missing: expected the file diffusion_pytorch_model.safetensors, found none.`);
  expect(message).toContain(restore);
  expect((await inspectModel(starterId)).problems).toEqual([message]);
});

test.each([
  ['cut off', 'hole', (file: string) => truncate(file, 200_000), 'as its header says, found '],
  ['empty', 'tooSmall', (file: string) => truncate(file, 0), 'found 0'],
  ['replaced by a web page', 'notSafetensors', (file: string) => writeFile(file, '<!DOCTYPE html><html>404</html>'), 'web page'],
  ['of a wrong header', 'headerLength', wrongLength, 'header length'],
])('a weight file that is %s is named with what was expected and found', async (_, expected, damage, found) => {
  const file = join(model, fileNames.unet!);
  await damage(file);
  const { code, message } = await messageOf(describeModel(starterId));
  expect(code).toBe(expected);
  expect(message).toContain(`${model}/${fileNames.unet}: `);
  expect(message).toContain(found);
  expect(message).toContain(restore);
});

test("a damaged model of the user's own is named without advice about the starter model", async () => {
  await truncate(join(model, fileNames.unet!), 60_000);
  vi.stubEnv('STRATA_STARTER', whole);
  const { message } = await messageOf(describeModel(model));
  expect(message).toContain(`${model}/${fileNames.unet}: `);
  expect(message).not.toContain('starter model');
});

test.each([
  ['UNet', 'unet', 'conv_in.weight'],
  ['VAE', 'vae', 'decoder.conv_in.weight'],
] as const)('weights of the %s that are not numbers fail the job and name their file', async (title, part, weight) => {
  const file = join(model, fileNames[part]!);
  await poison(file, weight);
  const library = new ModelLibrary();
  const opened = await library.open(starterId, onnxBackend({ threads: 1 }));
  const recipe = recipeSchema.parse({ prompt: 'a house', seed: 0, steps: 1, size: { width: 64, height: 64 } });
  const hooks = {
    signal: new AbortController().signal,
    progress: () => undefined,
    log: () => undefined,
    checkpoint: () => Promise.resolve(),
  };
  const { code, message } = await messageOf(generate({ recipe, assets: {}, model: opened, hooks }));
  await library.release();
  expect(code).toBe('nonFiniteWeights');
  expect(message).toContain(`${model}/${fileNames[part]}: The weight ${weight} of this ${title} holds values that are not numbers`);
  expect(message).toContain(restore);
});

async function wrongLength(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 0);
  await writeFile(file, bytes);
}

/** Makes the first value of a weight NaN. */
async function poison(file: string, name: string): Promise<void> {
  const bytes = await readFile(file);
  const { tensors } = await modelFiles.header(file);
  bytes.writeFloatLE(Number.NaN, tensors.get(name)!.offset);
  await writeFile(file, bytes);
}
