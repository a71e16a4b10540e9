import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../contract/recipe.ts';
import { readA1111Parameters } from './a1111-parameters.ts';
import { readComfyPrompt } from './comfyui.ts';
import { readInvokeAiMetadata } from './invokeai.ts';
import { readPictureRecipe, recipeTexts } from './picture-recipe.ts';

const run = {
  width: 512,
  height: 768,
  steps: 20,
  guidance: 7.5,
  sampler: 'dpmpp_2m_k',
  modelName: 'my, model',
  version: 'Strata 0.1.0',
} as const;
const recipe = recipeSchema.parse({
  prompt: 'a (red) house\nat night',
  negative: 'blurry',
  seed: 0,
  clipSkip: 1,
  image: { picture: 'x', strength: 0.6 },
});

describe('the texts of a finished picture', () => {
  it('give the whole recipe back', () => {
    expect(readPictureRecipe(recipeTexts(recipe, run))).toEqual({ source: 'strata', recipe });
  });

  it('have the parameters as A1111 writes them', () => {
    expect(recipeTexts(recipe, run).get('parameters')).toBe(
      'a (red) house\nat night\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 0, Size: 512x768, Model: "my, model", Denoising strength: 0.6, Clip skip: 2, Version: Strata 0.1.0',
    );
  });

  it('are refused when they are from a newer version or not valid', () => {
    const read = (text: string): unknown => readPictureRecipe(new Map([['strata', text]]));
    expect(() => read('{"version":2}')).toThrow(expect.objectContaining({ code: 'recipeTooNew' }) as Error);
    expect(() => read('{"prompt":5}')).toThrow(expect.objectContaining({ code: 'badRecipe' }) as Error);
    expect(() => read('garbage')).toThrow(expect.objectContaining({ code: 'badRecipe' }) as Error);
    expect(readPictureRecipe(new Map([['Comment', 'hello']]))).toBeUndefined();
  });
});

describe('pictures of other programs', () => {
  it('of A1111 give prompt, settings and a list of the rest', () => {
    const text = `a cat\nsecond line\nNegative prompt: bad,\nworse\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, Size: 512x640, Model hash: abc, Model: v1-5, Denoising strength: 0.4, Clip skip: 2, Hires upscale: 2, Lora hashes: "a: 1, b: 2", Version: v1.9`;
    expect(readA1111Parameters(text)).toEqual({
      source: 'a1111',
      recipe: {
        prompt: 'a cat\nsecond line',
        negative: 'bad,\nworse',
        syntax: 'a1111',
        steps: 30,
        sampler: 'dpmpp_2m',
        schedule: 'karras',
        guidance: 7,
        seed: 42,
        size: { width: 512, height: 640 },
        clipSkip: 1,
      },
      modelHash: 'abc',
      modelName: 'v1-5',
      unmatched: ['Denoising strength: 0.4', 'Hires upscale: 2', 'Lora hashes: a: 1, b: 2'],
    });
    expect(readA1111Parameters('just a text')).toBeUndefined();
    expect(readA1111Parameters('x\nSteps: 99999, Sampler: DPM adaptive, Seed: -1')?.unmatched).toEqual([
      'Steps: 99999',
      'Sampler: DPM adaptive',
      'Seed: -1',
    ]);
  });

  it('of ComfyUI are read backwards from the sampler', () => {
    const graph = {
      1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd.safetensors' } },
      2: {
        class_type: 'LoraLoader',
        inputs: { lora_name: 'ink.safetensors', strength_model: 0.8, strength_clip: 0.5, model: ['1', 0], clip: ['1', 1] },
      },
      3: { class_type: 'CLIPTextEncode', inputs: { text: ['9', 0], clip: ['2', 1] } },
      4: { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['2', 1] } },
      5: { class_type: 'EmptyLatentImage', inputs: { width: 768, height: 512, batch_size: 1 } },
      6: {
        class_type: 'KSampler',
        inputs: {
          seed: 7,
          steps: 12,
          cfg: 6.5,
          sampler_name: 'euler_ancestral',
          scheduler: 'karras',
          denoise: 1,
          model: ['2', 0],
          positive: ['8', 0],
          negative: ['4', 0],
          latent_image: ['5', 0],
        },
      },
      7: { class_type: 'SaveImage', inputs: { images: ['6', 0] } },
      8: { class_type: 'ControlNetApply', inputs: { conditioning: ['3', 0], strength: 1 } },
      9: { class_type: 'PrimitiveString', inputs: { value: 'a fox' } },
    };
    expect(readComfyPrompt(JSON.stringify(graph))).toEqual({
      source: 'comfyui',
      recipe: {
        syntax: 'comfy',
        seed: 7,
        steps: 12,
        guidance: 6.5,
        sampler: 'euler_a',
        schedule: 'karras',
        size: { width: 768, height: 512 },
        prompt: 'a fox',
        negative: 'blurry',
        loras: [{ file: 'ink.safetensors', weight: 0.8, textWeight: 0.5 }],
      },
      modelName: 'sd.safetensors',
      unmatched: ['node: ControlNetApply'],
    });
    expect(readComfyPrompt('{"1":{"class_type":"Other","inputs":{}}}')).toBeUndefined();
  });

  it('of ComfyUI with links in a circle end', () => {
    const graph = {
      1: { class_type: 'KSampler', inputs: { seed: ['1', 0], model: ['2', 0], positive: ['2', 0], negative: ['1', 0] } },
      2: { class_type: 'X', inputs: { model: ['2', 0], conditioning: ['2', 0], value: ['2', 0] } },
    };
    expect(readComfyPrompt(JSON.stringify(graph))?.recipe).toMatchObject({ prompt: '', negative: '' });
  });

  it('of InvokeAI keep their sampler names', () => {
    const metadata = {
      app_version: '6.0',
      positive_prompt: 'a fox++',
      negative_prompt: '',
      width: 832,
      height: 1216,
      seed: 5,
      steps: 28,
      cfg_scale: 6,
      scheduler: 'dpmpp_2m_sde_k',
      clip_skip: 0,
      model: { name: 'Juggernaut', hash: 'blake3:1', base: 'sdxl' },
      loras: [{ model: { name: 'ink' }, weight: 0.7 }],
      controlnets: [],
      refiner_steps: 20,
    };
    expect(readInvokeAiMetadata(JSON.stringify(metadata))).toEqual({
      source: 'invokeai',
      recipe: {
        prompt: 'a fox++',
        negative: '',
        syntax: 'compel',
        size: { width: 832, height: 1216 },
        seed: 5,
        steps: 28,
        guidance: 6,
        sampler: 'dpmpp_2m_sde_k',
        clipSkip: 0,
        loras: [{ file: 'ink', weight: 0.7 }],
      },
      modelName: 'Juggernaut',
      modelHash: 'blake3:1',
      unmatched: ['refiner_steps: 20'],
    });
  });

  it('with hostile keys change nothing else', () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"class_type":"KSampler","inputs":{"__proto__":{"x":1}}},"positive_prompt":"<script>"}';
    expect(readInvokeAiMetadata(text)?.recipe.prompt).toBe('<script>');
    expect(readComfyPrompt(text)?.source).toBe('comfyui');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
