import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { refusalOf } from './refusal.ts';
import { writeControlNet, writeIpAdapter, writeT2iAdapter, type Damage } from './toy-add-ons.ts';
import { draw, openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

const folder = temporaryFolder();
const channels = toyUnet['block_out_channels'] as readonly number[];
let model: LoadedModel;
let picture: string;

beforeAll(async () => {
  model = await openToyModel();
  picture = await writePicture(`${folder}/picture.png`);
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

/** Each kind of add-on: how a file of it is made, and how a recipe names it. */
interface Kind {
  readonly is: string;
  write(name: string, unet?: Readonly<Record<string, unknown>>, damage?: Damage): string;
  /** The file inside a folder. */
  file(path: string): string;
  recipe(path: string): Partial<RecipeInput>;
}

const weights = (path: string) => `${path}/diffusion_pytorch_model.safetensors`;
const kinds: readonly Kind[] = [
  {
    is: 'ControlNet',
    write: (name, unet = toyUnet, damage) => writeControlNet(`${folder}/${name}`, unet, damage),
    file: weights,
    recipe: (path) => ({ controls: [{ model: path, picture }] }),
  },
  {
    is: 'T2I-Adapter',
    write: (name, unet = toyUnet, damage) => writeT2iAdapter(`${folder}/${name}`, unet['block_out_channels'] as number[], damage),
    file: weights,
    recipe: (path) => ({ controls: [{ kind: 't2i-adapter', model: path, picture }] }),
  },
  {
    is: 'IP-Adapter',
    write: (name, unet = toyUnet, damage) => writeIpAdapter(`${folder}/${name}`, unet, damage),
    file: (path) => path,
    recipe: (path) => ({ references: [{ model: path, picture }] }),
  },
];

const first = (tensors: ReadonlyMap<string, unknown>, part: string) => [...tensors.keys()].find((name) => name.includes(part))!;

describe.each(kinds)('A bad $is', (kind) => {
  const name = kind.is.toLowerCase();

  test('that is cut off is refused by name, with the bytes that are missing', async () => {
    const path = kind.write(`${name}-cut`);
    truncateSync(kind.file(path), 3000);
    const error = await refusalOf(model, kind.recipe(path));
    expect(error.message).toContain(kind.file(path));
    expect(error.message).toMatch(/\d/);
  });

  test('that lacks tensors is refused with their names', async () => {
    let lost = '';
    const path = kind.write(`${name}-lacking`, toyUnet, (tensors) => {
      lost = [...tensors.keys()].at(-1)!;
      tensors.delete(lost);
    });
    const error = await refusalOf(model, kind.recipe(path));
    expect(error).toMatchObject({ code: 'missingTensors', details: { path } });
    expect(error.message).toContain(`this ${kind.is} lacks 1 of`);
  });

  test('with a tensor of another shape is refused with both shapes', async () => {
    const path = kind.write(`${name}-misshapen`, toyUnet, (tensors) => {
      const wrong = first(tensors, kind.is === 'IP-Adapter' ? 'to_v_ip' : 'block');
      tensors.set(wrong, { dtype: 'F32', shape: [3, 5], data: new Float32Array(15) });
    });
    const error = await refusalOf(model, kind.recipe(path));
    expect(error.code).toBe('wrongShapes');
    expect(error.message).toMatch(/expected \[[\d, ]+\], found \[3, 5\]/);
  });

  test('with values that are not numbers is refused with the name of the weight', async () => {
    let broken = '';
    const path = kind.write(`${name}-nan`, toyUnet, (tensors) => {
      broken = first(tensors, kind.is === 'IP-Adapter' ? 'to_k_ip' : 'weight');
      const { shape, data } = tensors.get(broken)!;
      tensors.set(broken, { dtype: 'F32', shape, data: (data as Float32Array).slice().fill(NaN, 0, 1) });
    });
    const error = await refusalOf(model, kind.recipe(path));
    expect(error.code).toBe('nonFiniteWeights');
    expect(error.message).toContain(kind.is);
  });

  test('that is another kind of file is refused with what it is', async () => {
    const other = kinds.find(({ is }) => is !== kind.is)!;
    const path = other.write(`${name}-is-other`);
    const error = await refusalOf(model, kind.recipe(path));
    expect(error.code).toBe('wrongAddOn');
    expect(error.message).toContain(`This is ${/^[AEIO]/.test(other.is) ? 'an' : 'a'} ${other.is}`);
  });

  test('that is made for another model is refused with both', async () => {
    const bigger = { ...toyUnet, cross_attention_dim: 2048, block_out_channels: channels.map((width) => width * 2) };
    const path = kind.write(`${name}-family`, bigger);
    const error = await refusalOf(model, kind.recipe(path));
    expect(error.code).toBe('wrongFamily');
    expect(error.message).toContain('Stable Diffusion 1');
  });

  test('that is a pickle by its name is refused unread', async () => {
    const path = `${folder}/${name}.pth`;
    writeFileSync(path, 'never opened');
    expect(await refusalOf(model, kind.recipe(path))).toMatchObject({ code: 'pickleRefused' });
  });

  test('that is not there is refused with the places that were looked at', async () => {
    const error = await refusalOf(model, kind.recipe('no-such-add-on'));
    expect(error.code).toBe('addOnMissing');
    expect(error.message).toContain('no-such-add-on');
  });

  test('leaves the model as it was: the next job draws', async () => {
    const path = kind.write(`${name}-good`);
    expect((await draw(model, kind.recipe(path))).picture.rgb).toHaveLength(64 * 64 * 3);
  });
});

test('an IP-Adapter without its image encoder says which one it needs and where to put it', async () => {
  const path = writeIpAdapter(`${folder}/alone`, toyUnet);
  rmSync(`${folder}/alone/image_encoder`, { recursive: true });
  const error = await refusalOf(model, { references: [{ model: path, picture }] });
  expect(error.code).toBe('imageEncoderMissing');
  expect(error.message).toContain(`${folder}/alone`);
});

describe('A bad image encoder', () => {
  const damages: Readonly<Record<string, { readonly code: string; readonly damage: Damage }>> = {
    'lacks tensors': { code: 'missingTensors', damage: (tensors) => void tensors.delete(first(tensors, 'mlp.fc1.weight')) },
    'has a tensor of another shape': {
      code: 'wrongShapes',
      damage: (tensors) => tensors.set(first(tensors, 'mlp.fc2.weight'), { dtype: 'F32', shape: [3, 5], data: new Float32Array(15) }),
    },
    'has values that are not numbers': {
      code: 'nonFiniteWeights',
      damage: (tensors) => {
        const name = first(tensors, 'patch_embedding');
        const { shape, data } = tensors.get(name)!;
        tensors.set(name, { dtype: 'F32', shape, data: (data as Float32Array).slice().fill(NaN, 0, 1) });
      },
    },
  };

  test.each(Object.entries(damages))('that %s is refused by name', async (what, { code, damage }) => {
    const name = `encoder ${what}`.replaceAll(' ', '-');
    const path = writeIpAdapter(`${folder}/${name}`, toyUnet, undefined, damage);
    const error = await refusalOf(model, { references: [{ model: path, picture }] });
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${folder}/${name}/image_encoder`);
  });

  test('that is cut off is refused by name', async () => {
    const path = writeIpAdapter(`${folder}/encoder-cut`, toyUnet);
    truncateSync(`${folder}/encoder-cut/image_encoder/model.safetensors`, 900);
    expect((await refusalOf(model, { references: [{ model: path, picture }] })).message).toContain(`${folder}/encoder-cut/image_encoder`);
  });
});

test('an add-on that is replaced by a broken one is read again', async () => {
  const [kind] = kinds;
  const path = kind!.write('replaced');
  await draw(model, kind!.recipe(path));
  const broken = kind!.write('replacing', toyUnet, (tensors) => {
    const { shape, data } = tensors.get('conv_in.weight')!;
    tensors.set('conv_in.weight', { dtype: 'F32', shape, data: (data as Float32Array).slice().fill(Infinity, 0, 1) });
  });
  cpSync(weights(broken), weights(path));
  expect(readFileSync(weights(path))).toEqual(readFileSync(weights(broken)));
  expect((await refusalOf(model, kind!.recipe(path))).code).toBe('nonFiniteWeights');
});
