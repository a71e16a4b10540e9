import { describe, expect, test } from 'vitest';
import { parseControl, parseEmbedding, parseLora, parseReference } from './guide-options.ts';
import { parseMask } from './mask-option.ts';
import { applyRecipeOptions, parseRegion } from './recipe-options.ts';
import { bytesOption, UsageError } from './usage.ts';

describe('options become a recipe', () => {
  test('what is not said is left open', () => {
    expect(applyRecipeOptions({}, 'a house', {})).toEqual({ prompt: 'a house', engine: {} });
  });

  test('they stand over the recipe of a file', () => {
    const base = {
      prompt: 'old',
      seed: 1,
      steps: 20,
      image: { picture: 'a.png', strength: 0.5 },
      engine: { device: 'gpu' as const, attention: 'math' },
    };
    expect(applyRecipeOptions(base, undefined, { seed: '0', strength: '1', device: 'cpu' })).toEqual({
      prompt: 'old',
      seed: 0,
      steps: 20,
      image: { picture: 'a.png', strength: 1 },
      engine: { device: 'cpu', attention: 'math' },
    });
  });

  test.each([
    ['steps', { steps: '0' }],
    ['steps', { steps: '2.5' }],
    ['guidance', { guidance: 'much' }],
    ['guidance', { guidance: '' }],
    ['seed', { seed: '-1' }],
    ['seed', { seed: '9007199254740992' }],
    ['size', { size: '512' }],
    ['sampler', { sampler: 'fast' }],
    ['device', { device: 'tpu' }],
    ['strength', { strength: '0.5' }],
    ['mask', { mask: 'm.png' }],
    ['strength', { image: 'a.png', strength: '1.1' }],
    ['infill', { image: 'a.png', infill: 'magic' }],
    ['feather', { image: 'a.png', mask: 'm.png', feather: '-1' }],
    ['grow', { image: 'a.png', mask: 'm.png', grow: '1.5' }],
    ['region', { region: ['m.png: no space before the colon'] }],
    ['region', { region: ['0,0,0,10 : empty'] }],
    ['control', { control: ['canny'] }],
    ['control', { control: ['canny=a.png:1:0.8-0.2'] }],
    ['control', { control: ['canny=a.png:0,0,0,8'] }],
    ['control', { control: ['canny=a.png:1:0.5'] }],
    ['reference', { reference: ['a.png:style:full'] }],
    ['reference', { reference: [''] }],
    ['lora', { lora: ['x.safetensors:99'] }],
    ['embedding', { embedding: ['word='] }],
    ['max-memory', { 'max-memory': 'lots' }],
  ])('a wrong --%s is wrong usage: %j', (_name, options) => {
    expect(() => applyRecipeOptions({}, 'a', options)).toThrow(UsageError);
  });
});

test('inpainting takes a mask, its fade and growth, an infill and a focus; the mask may be missing', () => {
  const options = { image: 'a.png', mask: 'm.png', feather: '12', grow: '-3', infill: 'patch', focus: true };
  expect(applyRecipeOptions({}, 'a', options).inpaint).toEqual({
    mask: { asset: 'm.png' },
    feather: 12,
    grow: -3,
    infill: 'patch',
    focus: true,
  });
  expect(applyRecipeOptions({}, 'a', { image: 'a.png', infill: 'blur' }).inpaint).toEqual({ infill: 'blur' });
  expect(applyRecipeOptions({}, 'a', { image: 'a.png' }).inpaint).toBeUndefined();
});

test('regions have a mask or a rectangle, a prompt, and perhaps a negative prompt', () => {
  expect(parseRegion('0,0,128,256 : a (red:1.2) house : people')).toEqual({
    mask: { rectangle: { x: 0, y: 0, width: 128, height: 256 } },
    prompt: 'a (red:1.2) house',
    negative: 'people',
  });
  expect(parseRegion('C:\\masks\\left.png : sky')).toEqual({ mask: { asset: 'C:\\masks\\left.png' }, prompt: 'sky' });
  expect(parseMask(' -8, 0, 16, 16 ')).toEqual({ rectangle: { x: -8, y: 0, width: 16, height: 16 } });
});

test('controls have a kind, a file, and perhaps strength and range', () => {
  expect(parseControl('canny=C:\\a.png')).toEqual({ kind: 'controlnet', model: 'canny', picture: 'C:\\a.png' });
  expect(parseControl('t2i:sketch=a.png:0.5')).toEqual({ kind: 't2i-adapter', model: 'sketch', picture: 'a.png', strength: 0.5 });
  expect(parseControl('depth=a.png:-1:0.1-.9')).toEqual({
    kind: 'controlnet',
    model: 'depth',
    picture: 'a.png',
    strength: -1,
    range: [0.1, 0.9],
  });
});

test('controls have a mode and a mask, in any order', () => {
  const base = { kind: 'controlnet', model: 'lines', picture: 'a.png' };
  expect(parseControl('lines=a.png:0-0.5:control:0,0,32,64')).toEqual({
    ...base,
    range: [0, 0.5],
    mode: 'control',
    mask: { rectangle: { x: 0, y: 0, width: 32, height: 64 } },
  });
  expect(parseControl('lines=a.png:mask=C:\\left.png:0.7')).toEqual({ ...base, mask: { asset: 'C:\\left.png' }, strength: 0.7 });
});

test('references may name their adapter, and have weight, range, method and mask', () => {
  expect(parseReference('C:\\style.png')).toEqual({ picture: 'C:\\style.png' });
  expect(parseReference('style.png:0.6')).toEqual({ picture: 'style.png', weight: 0.6 });
  expect(parseReference('plus.safetensors=style.png:-0.5:0.2-1:composition:mask=left.png')).toEqual({
    model: 'plus.safetensors',
    picture: 'style.png',
    weight: -0.5,
    range: [0.2, 1],
    method: 'composition',
    mask: { asset: 'left.png' },
  });
});

test('LoRAs have a weight, and perhaps another for the text; embeddings may have a word', () => {
  expect(parseLora('C:\\ink.safetensors:0.8')).toEqual({ file: 'C:\\ink.safetensors', weight: 0.8 });
  expect(parseLora('ink:.8:0')).toEqual({ file: 'ink', weight: 0.8, textWeight: 0 });
  expect(parseEmbedding('C:\\night.safetensors')).toEqual({ file: 'C:\\night.safetensors' });
  expect(parseEmbedding('dark sky = night.safetensors')).toEqual({ word: 'dark sky', file: 'night.safetensors' });
});

test.each([
  ['4G', 4 * 2 ** 30],
  ['1.5gb', 1.5 * 2 ** 30],
  ['800MiB', 800 * 2 ** 20],
  ['12345', 12_345],
])('%s are %d bytes', (text, bytes) => {
  expect(bytesOption('--max-memory', text)).toBe(bytes);
});
