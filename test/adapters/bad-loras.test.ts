import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { refusalOf } from './refusal.ts';
import { writeControlNet } from './toy-add-ons.ts';
import { draw, openToyModel, temporaryFolder, toyUnet } from './toy-job.ts';
import { asHadamard, randomTensor, writeInversion, writeLora, type Tensors } from './toy-loras.ts';

const folder = temporaryFolder();
let model: LoadedModel;

beforeAll(async () => {
  model = await openToyModel();
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

type Damage = (tensors: Tensors) => void;

interface Kind {
  readonly is: string;
  write(path: string, damage?: Damage): string;
  recipe(file: string): Partial<RecipeInput>;
  /** Ways in which a file may be wrong, with the code of the refusal and words of its sentence. */
  readonly damages: Readonly<Record<string, { readonly code: string; readonly words: string; readonly damage: Damage }>>;
}

const kinds: readonly Kind[] = [
  {
    is: 'LoRA',
    write: (path, damage) => writeLora(path, model.description, damage),
    recipe: (file) => ({ loras: [{ file }] }),
    damages: {
      'values that are not numbers': { code: 'nonFiniteWeights', words: 'of this LoRA holds values that are not numbers', damage: setNaN },
      'a layer of another shape': {
        code: 'wrongShapes',
        words: 'layers of this LoRA do not fit the model',
        damage: (tensors) => replace(tensors, 'attn1_to_q.lora_up', [3, 2]),
      },
      'one factor missing': { code: 'missingTensors', words: 'expected both factors', damage: (tensors) => drop(tensors, 'lora_up') },
      'a factor of a product missing': {
        code: 'missingTensors',
        words: 'This LoRA lacks tensors',
        damage: (tensors) => {
          asHadamard(tensors);
          drop(tensors, 'hada_w2_b');
        },
      },
      'an alpha that is no number': {
        code: 'badConfig',
        words: 'in this LoRA is no number',
        damage: (tensors) =>
          tensors.set(first(tensors, 'lora_up').replace('lora_up.weight', 'alpha'), {
            dtype: 'F32',
            shape: [],
            data: Float32Array.of(NaN),
          }),
      },
      'text of another width': {
        code: 'wrongFamily',
        words: 'made for SDXL',
        damage: (tensors) => replace(tensors, 'attn2_to_k.lora_down', [2, 2048]),
      },
      'layers of another family': {
        code: 'wrongFamily',
        words: 'made for FLUX',
        damage: (tensors) => only(tensors, 'lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight', [2, 8]),
      },
      'the rotations of an OFT': {
        code: 'unsupportedAddOn',
        words: 'an OFT file',
        damage: (tensors) => only(tensors, 'lora_unet_mid_block_attentions_0_proj_in.oft_blocks', [2, 4, 4]),
      },
    },
  },
  {
    is: 'textual inversion',
    write: (path, damage) => writeInversion(path, [2, model.textConfig('text_encoder').width], damage),
    recipe: (file) => ({ embeddings: [{ file }] }),
    damages: {
      'values that are not numbers': { code: 'nonFiniteWeights', words: 'of this textual inversion holds values', damage: setNaN },
      'vectors of another shape': {
        code: 'wrongAddOn',
        words: 'a textual inversion was expected',
        damage: (tensors) => replace(tensors, 'emb_params', [2, 3, 4]),
      },
      'no vectors': { code: 'wrongAddOn', words: 'a textual inversion was expected', damage: (tensors) => tensors.clear() },
      'vectors of another family': {
        code: 'wrongFamily',
        words: '(Stable Diffusion 1)',
        damage: (tensors) => replace(tensors, 'emb_params', [2, 768]),
      },
      'vectors for two encoders': {
        code: 'wrongFamily',
        words: '(SDXL)',
        damage: (tensors) => {
          only(tensors, 'clip_l', [2, 768]);
          tensors.set('clip_g', randomTensor([2, 1280], 1, 1));
        },
      },
    },
  },
];

describe.each(kinds)('A bad $is is refused by name before any step', ({ is, write, recipe, damages }) => {
  const path = (what: string) => `${folder}/${is}-${what}`.replaceAll(' ', '-');

  test.each(Object.entries(damages))('with %s', async (what, { code, words, damage }) => {
    const file = write(`${path(what)}.safetensors`, damage);
    const error = await refusalOf(model, recipe(file));
    expect(error.code).toBe(code);
    expect(error.message).toContain(file);
    expect(error.message).toContain(words);
  });

  test('cut short, with the bytes that are missing', async () => {
    const file = write(`${path('short')}.safetensors`);
    truncateSync(file, 120);
    const { message } = await refusalOf(model, recipe(file));
    expect(message).toContain(file);
    expect(message).toMatch(/\d/);
  });

  test('another kind of file, with what it is', async () => {
    const file = `${writeControlNet(path('net'), toyUnet)}/diffusion_pytorch_model.safetensors`;
    const error = await refusalOf(model, recipe(file));
    expect(error.code).toBe('wrongAddOn');
    expect(error.message).toContain('This is a ControlNet');
  });

  test('a pickle by its name, unread', async () => {
    const file = `${path('pickle')}.pt`;
    writeFileSync(file, 'never opened');
    expect(await refusalOf(model, recipe(file))).toMatchObject({ code: 'pickleRefused', details: { path: file } });
  });

  test('not there, with the places that were looked at', async () => {
    const error = await refusalOf(model, recipe(`${folder}/none.safetensors`));
    expect(error.code).toBe('addOnMissing');
    expect(error.message).toContain(`${folder}/none.safetensors`);
  });

  test('and leaves the model as it was: the next job draws', async () => {
    expect((await draw(model, recipe(write(`${path('good')}.safetensors`)))).picture.rgb).toHaveLength(64 * 64 * 3);
  });
});

function setNaN(tensors: Tensors): void {
  const [name, tensor] = [...tensors][0]!;
  tensors.set(name, { ...tensor, data: (tensor.data as Float32Array).slice().fill(NaN, 0, 1) });
}

function first(tensors: Tensors, part: string): string {
  return [...tensors.keys()].find((name) => name.includes(part))!;
}

function drop(tensors: Tensors, part: string): void {
  tensors.delete(first(tensors, part));
}

function replace(tensors: Tensors, part: string, shape: readonly number[]): void {
  for (const name of [...tensors.keys()].filter((key) => key.includes(part))) tensors.set(name, randomTensor(shape, 1, 1));
}

function only(tensors: Tensors, name: string, shape: readonly number[]): void {
  tensors.clear();
  tensors.set(name, randomTensor(shape, 1, 1));
}
