import { createHash } from 'node:crypto';
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipeSchema, type Recipe } from '../../src-main/contract/recipe.ts';
import { locateRecipe } from '../../src-main/engine/adapters/locate.ts';
import type { GeneratedPicture } from '../../src-main/engine/engine-service.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { writeControlNet, writeIpAdapter, writeT2iAdapter } from './toy-add-ons.ts';
import { draw, openToyModel, temporaryFolder, toyModelPath, toyUnet, writePicture } from './toy-job.ts';
import { writeLora } from './toy-loras.ts';

const folder = temporaryFolder();
const weightsOf = (name: string) => `${folder}/${name}/diffusion_pytorch_model.safetensors`;
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
let model: LoadedModel;
let drawn: GeneratedPicture;

beforeAll(async () => {
  model = await openToyModel();
  const picture = await writePicture(`${folder}/picture.png`);
  const net = writeControlNet(`${folder}/net`, toyUnet);
  const adapter = writeT2iAdapter(`${folder}/t2i`, toyUnet['block_out_channels'] as number[]);
  const reference = { model: writeIpAdapter(`${folder}/ip`, toyUnet), picture };
  const half = { rectangle: { x: 0, y: 0, width: 32, height: 64 } };
  drawn = (
    await draw(model, {
      controls: [
        { model: net, picture },
        { kind: 't2i-adapter', model: adapter, picture },
        { model: `${folder}/never opened`, picture, strength: 0 },
      ],
      references: [reference],
      regions: [{ mask: half, prompt: 'a tree', references: [reference] }],
      loras: [{ file: writeLora(`${folder}/ink.safetensors`, model.description) }],
    })
  ).picture;
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

/** The recipe as it comes from a computer whose folder has another name. */
const foreign = (changes: Partial<Recipe> = {}): Recipe => {
  const text = JSON.stringify({ ...drawn.recipe, ...changes, model: toyModelPath });
  const recipe = JSON.parse(text.replaceAll(folder, '/nowhere')) as Recipe;
  const local = JSON.parse(JSON.stringify(recipe).replaceAll('/nowhere/picture.png', `${folder}/picture.png`)) as Recipe;
  return recipeSchema.parse({ ...local, controls: local.controls.slice(0, 2) });
};

test('the recipe of a picture has the hashes of its controls and references, also of those in regions', () => {
  const ip = hash(`${folder}/ip/ip-adapter.safetensors`);
  expect(drawn.recipe.controls.map(({ sha256 }) => sha256)).toEqual([hash(weightsOf('net')), hash(weightsOf('t2i')), undefined]);
  expect([drawn.recipe.references[0]?.sha256, drawn.recipe.regions[0]?.references[0]?.sha256]).toEqual([ip, ip]);
});

test('a model of another computer is found by its hash under another name, or by its name', async () => {
  const sha256 = hash(toyModelPath);
  expect(drawn.recipe.modelSha256).toBe(sha256);
  cpSync(toyModelPath, `${folder}/moved.safetensors`);
  cpSync(toyModelPath.replace('-f16.safetensors', ''), `${folder}/moved`, { recursive: true });
  cpSync(`${folder}/ink.safetensors`, `${folder}/tiny.safetensors`);
  const files = ['moved', 'tiny'].map((name) => ({ path: `${folder}/${name}.safetensors`, kind: 'checkpoint' as const }));
  const alone = { controls: [], references: [], regions: [], loras: [], model: '/nowhere/tiny.safetensors' };
  const located = async (changes: Partial<Recipe>) => locateRecipe({ ...drawn.recipe, ...alone, ...changes }, files);
  expect(await located({})).toMatchObject({ recipe: { model: `${folder}/moved.safetensors` }, missing: [] });
  expect(await located({ modelSha256: undefined })).toMatchObject({ recipe: { model: `${folder}/tiny.safetensors` }, missing: [] });
  const { missing } = await located({ model: '/nowhere/other', modelSha256: '0'.repeat(64) });
  expect(missing).toEqual(['The model /nowhere/other (SHA-256 000000000000…) is not on this computer.']);
  const { warnings } = (await draw(model, { modelSha256: '0'.repeat(64) })).picture;
  expect(warnings.join(' ')).toContain(`The model ${toyModelPath} is not the file that this recipe was drawn with (SHA-256 000000000000…`);
});

test('files of another computer are found by their hashes under other names, and draw the same picture', async () => {
  cpSync(`${folder}/net`, `${folder}/decoy`, { recursive: true });
  writeControlNet(`${folder}/decoy`, toyUnet, (tensors) => tensors.delete([...tensors.keys()][0]!));
  renameSync(`${folder}/net`, `${folder}/renamed`);
  const files = [
    { path: weightsOf('decoy'), kind: 'controlnet' },
    { path: weightsOf('renamed'), kind: 'controlnet' },
    { path: weightsOf('t2i'), kind: 't2i-adapter' },
    { path: `${folder}/ip/ip-adapter.safetensors`, kind: 'ip-adapter' },
    { path: `${folder}/ink.safetensors`, kind: 'lora' },
  ] as const;
  const { recipe, missing } = await locateRecipe(foreign(), [...files]);
  expect(missing).toEqual([]);
  expect(recipe.controls.map((control) => control.model)).toEqual([weightsOf('renamed'), weightsOf('t2i')]);
  const again = (await draw(model, recipe)).picture;
  expect(again.rgb).toEqual(drawn.rgb);
  expect(again.warnings.filter((text) => text.includes('SHA-256'))).toEqual([]);
  renameSync(`${folder}/renamed`, `${folder}/net`);
});

test('the first digits of a hash are enough; a file that has another one is taken by its name, with a warning when it draws', async () => {
  const [control] = drawn.recipe.controls;
  const files = [{ path: weightsOf('decoy'), kind: 'controlnet' as const }, { path: weightsOf('net'), kind: 'controlnet' as const }]; // prettier-ignore
  const none = { references: [], regions: [], loras: [] };
  const short = foreign({ ...none, controls: [{ ...control!, model: `${folder}/other`, sha256: control!.sha256!.slice(0, 10) }] });
  expect((await locateRecipe(short, files)).recipe.controls[0]?.model).toBe(weightsOf('net'));
  const wrong = foreign({ ...none, controls: [{ ...control!, sha256: '0'.repeat(64) }] });
  const { recipe, missing } = await locateRecipe(wrong, files);
  expect([recipe.controls[0]?.model, missing]).toEqual([weightsOf('net'), []]);
  const { warnings } = (await draw(model, recipe)).picture;
  expect(warnings.join(' ')).toContain('is not the file that this recipe was drawn with (SHA-256 000000000000…');
});

test('each file that is on this computer under no name is said with its hash', async () => {
  const { recipe, missing } = await locateRecipe(foreign(), [{ path: `${folder}/ink.safetensors`, kind: 'lora' }]);
  expect(recipe.loras[0]?.file).toBe(`${folder}/ink.safetensors`);
  expect(missing).toEqual([
    `The IP-Adapter /nowhere/ip/ip-adapter.safetensors (SHA-256 ${drawn.recipe.references[0]!.sha256!.slice(0, 12)}…) is not on this computer.`,
    `The ControlNet /nowhere/net (SHA-256 ${drawn.recipe.controls[0]!.sha256!.slice(0, 12)}…) is not on this computer.`,
    `The T2I-Adapter /nowhere/t2i (SHA-256 ${drawn.recipe.controls[1]!.sha256!.slice(0, 12)}…) is not on this computer.`,
  ]);
  await expect(draw(model, foreign())).rejects.toMatchObject({
    code: 'addOnMissing',
    message: expect.stringContaining('There is no ControlNet "/nowhere/net" (SHA-256') as unknown,
  });
});
