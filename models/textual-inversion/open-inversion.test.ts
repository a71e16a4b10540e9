import { describe, expect, test } from 'vitest';
import { fakeIo, headerOf } from '../checkpoint/testing/fake-model.ts';
import { openInversion, type PromptedModel } from './open-inversion.ts';

const sd1: PromptedModel = { family: 'sd1', widths: new Map([['text_encoder', 768]]) };
const sdxl: PromptedModel = { family: 'sdxl', widths: new Map([['text_encoder', 768], ['text_encoder_2', 1280]]) }; // prettier-ignore

function open(shapes: Readonly<Record<string, readonly number[]>>, model = sd1) {
  return openInversion('/words/Night Sky.safetensors', model, fakeIo({ '/words/Night Sky.safetensors': headerOf(Object.entries(shapes)) }));
}

describe('a textual inversion', () => {
  test.each([
    ['emb_params', { emb_params: [3, 768] }, 3, ['Night Sky', '<Night Sky>']],
    ['one vector by its word', { '<sky>': [768] }, 1, ['Night Sky', '<Night Sky>', '<sky>']],
    ['vectors by their word', { '<sky>': [2, 768] }, 2, ['Night Sky', '<Night Sky>', '<sky>']],
    ['a converted pickle', { 'string_to_param.*': [4, 768] }, 4, ['Night Sky', '<Night Sky>']],
  ])('in the form of %s is read', async (_, shapes, count, words) => {
    const found = await open(shapes);
    expect([found.count, found.words]).toEqual([count, words]);
    expect(found.vectors.get('text_encoder')?.shape).toEqual([count, 768]);
  });

  test.each([
    ['clip_l and clip_g', { clip_g: [2, 1280], clip_l: [2, 768] }],
    ['numbered encoders', { text_encoders_0: [2, 768], text_encoders_1: [2, 1280] }],
  ])('of SDXL with %s has vectors for both encoders', async (_, shapes) => {
    const { vectors } = await open(shapes, sdxl);
    expect([...vectors].map(([encoder, { shape }]) => [encoder, shape])).toEqual([
      ['text_encoder', [2, 768]],
      ['text_encoder_2', [2, 1280]],
    ]);
  });

  test.each([
    ['of SD1 in an SDXL model', { emb_params: [2, 768] }, sdxl, 'width 768 (Stable Diffusion 1)'],
    ['of SDXL in an SD1 model', { clip_g: [2, 1280], clip_l: [2, 768] }, sd1, '(SDXL)'],
    ['of SD2 in an SD1 model', { emb_params: [2, 1024] }, sd1, 'width 1024 (Stable Diffusion 2)'],
  ])('%s is refused with both widths', async (_, shapes, model, words) => {
    await expect(open(shapes, model)).rejects.toMatchObject({ code: 'wrongFamily', message: expect.stringContaining(words) });
  });

  test('with another count for each encoder is refused', async () => {
    await expect(open({ clip_g: [1, 1280], clip_l: [2, 768] }, sdxl)).rejects.toMatchObject({ code: 'unsupportedAddOn' });
  });

  test('that is a LoRA is refused with what it is', async () => {
    const lora = { 'lora_unet_a.lora_up.weight': [320, 4], 'lora_unet_a.lora_down.weight': [4, 320], 'lora_unet_a.alpha': [], 'b.lora_up.weight': [1, 1], 'b.lora_down.weight': [1, 1] }; // prettier-ignore
    await expect(open(lora)).rejects.toMatchObject({ code: 'wrongAddOn', message: expect.stringContaining('a LoRA') });
  });
});
