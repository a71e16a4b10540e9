import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { refusalOf } from './refusal.ts';
import { draw, meanChange, openToyModel, temporaryFolder, toyModelPath } from './toy-job.ts';
import { writeInversion, writeLora, type Tensors } from './toy-loras.ts';

const folder = temporaryFolder();
let model: LoadedModel;

beforeAll(async () => {
  model = await openToyModel();
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, damage?: (tensors: Tensors) => void) => writeLora(`${folder}/${name}.safetensors`, model.description, damage);

const left = { rectangle: { x: 0, y: 0, width: 32, height: 64 } };

describe('LoRAs in a job', () => {
  test('act by strength, on the UNet and on the text encoder apart', async () => {
    const file = write('both');
    const plain = (await draw(model, {})).picture;
    const off = (await draw(model, { loras: [{ file, weight: 0 }] })).picture;
    expect(meanChange(plain, off)).toBeLessThan(0.1);
    const textOnly = (await draw(model, { loras: [{ file, weight: 0, textWeight: 1 }] })).picture;
    const unetOnly = (await draw(model, { loras: [{ file, weight: 1, textWeight: 0 }] })).picture;
    expect(meanChange(plain, textOnly)).toBeGreaterThan(0.2);
    expect(meanChange(plain, unetOnly)).toBeGreaterThan(0.2);
    expect(meanChange(textOnly, unetOnly)).toBeGreaterThan(0.2);
  });

  test('named in the prompt are those listed', async () => {
    const file = write('named');
    const listed = (await draw(model, { loras: [{ file, weight: 0.6 }] })).picture;
    expect((await draw(model, { prompt: `a house<lora:${file}:0.6>` })).picture.rgb).toEqual(listed.rgb);
  });

  test('named in prompts lie in the recipe of the picture with path, weights and hash, and draw it again', async () => {
    const file = write('resolved');
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    const { picture } = await draw(model, {
      prompt: `a house <lora:${file}:0.4:0.8> at night`,
      regions: [{ mask: left, prompt: `a dog<lora:${file}:0.5>` }],
    });
    const { recipe } = picture;
    expect(recipe).toMatchObject({
      prompt: 'a house  at night',
      loras: [{ file, weight: 0.8, textWeight: 0.4, sha256 }],
      regions: [{ prompt: 'a dog', loras: [{ file, weight: 0.5, sha256 }] }],
    });
    expect((await draw(model, recipe)).picture.rgb).toEqual(picture.rgb);
  });

  test('named in a prompt of compel lie in the recipe too', async () => {
    const file = write('compel');
    const { picture } = await draw(model, { syntax: 'compel', prompt: `a house withLora(${file}, 0.5)` });
    expect(picture.recipe).toMatchObject({ prompt: 'a house ', loras: [{ file, weight: 0.5 }] });
    expect((await draw(model, picture.recipe)).picture.rgb).toEqual(picture.rgb);
  });

  test('that lie elsewhere on this computer are found by their name, or missed by it', async () => {
    const [here, home] = [write('moved'), `${folder}/home`];
    const { recipe, rgb } = (await draw(model, { loras: [{ file: here }] })).picture;
    mkdirSync(`${home}/loras`, { recursive: true });
    cpSync(dirname(toyModelPath), home, { recursive: true });
    renameSync(here, `${home}/loras/moved.safetensors`);
    const missing = await refusalOf(model, recipe);
    expect(missing).toMatchObject({ code: 'addOnMissing', details: { name: here } });
    const other = await openToyModel({}, `${home}/${basename(toyModelPath)}`);
    const again = (await draw(other, recipe)).picture;
    expect(again.rgb).toEqual(rgb);
    expect(again.warnings.join(' ')).not.toContain('SHA-256');
    writeLora(`${home}/loras/moved.safetensors`, model.description, setFirstToOne);
    const warned = (await draw(other, recipe)).picture;
    expect(warned.warnings.join(' ')).toMatch(/moved.safetensors is not the file that this recipe was drawn with \(SHA-256/);
    await other.release();
  });

  test('of a region without a prompt act', async () => {
    const region = { mask: left, prompt: '' };
    const plain = (await draw(model, { regions: [region] })).picture;
    const { picture } = await draw(model, { regions: [{ ...region, loras: [{ file: write('regional') }] }] });
    expect(meanChange(plain, picture)).toBeGreaterThan(0.2);
  });

  test('of two regions act each in its own', async () => {
    const file = write('two');
    const loras = [{ file, weight: 1 }];
    const right = { rectangle: { x: 32, y: 0, width: 32, height: 64 } };
    const regions = [{ mask: left, prompt: 'a dog' }, { mask: right, prompt: 'a cat' }]; // prettier-ignore
    const inFirst = (await draw(model, { regions: [{ ...regions[0]!, loras }, regions[1]!] })).picture;
    const inSecond = (await draw(model, { regions: [regions[0]!, { ...regions[1]!, loras }] })).picture;
    expect(meanChange(inFirst, inSecond)).toBeGreaterThan(0.2);
  });
});

describe('textual inversions in a job', () => {
  test('act where their word stands in the prompt', async () => {
    const file = writeInversion(`${folder}/night-sky.safetensors`, [3, model.textConfig('text_encoder').width]);
    const without = (await draw(model, { prompt: 'a house' })).picture;
    expect((await draw(model, { prompt: 'a house', embeddings: [{ file }] })).picture.rgb).toEqual(without.rgb);
    const word = (await draw(model, { prompt: 'a house under a night-sky', embeddings: [{ file }] })).picture;
    expect(word.recipe.embeddings).toEqual([{ file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') }]);
    const same = (await draw(model, { prompt: 'a house under a Moon', embeddings: [{ file, word: 'moon' }] })).picture;
    expect(word.rgb).toEqual(same.rgb);
    expect(meanChange(word, (await draw(model, { prompt: 'a house under a night-sky' })).picture)).toBeGreaterThan(0.1);
  });
});

function setFirstToOne(tensors: Tensors): void {
  const [name, tensor] = [...tensors][0]!;
  tensors.set(name, { ...tensor, data: (tensor.data as Float32Array).slice().fill(1, 0, 1) });
}
