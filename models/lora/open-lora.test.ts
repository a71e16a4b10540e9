import { describe, expect, test } from 'vitest';
import type { AppError } from '../../src-main/contract/errors.ts';
import { expectedClipText } from '../checkpoint/expected-clip-text.ts';
import { expectedUnet } from '../checkpoint/expected-unet.ts';
import { fakeIo, headerOf } from '../checkpoint/testing/fake-model.ts';
import { sd1Unet, sdxlUnet } from '../checkpoint/testing/published-configs.ts';
import type { JsonObject, WeightMap } from '../checkpoint/types.ts';
import { openLora, type PatchedModel } from './open-lora.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function weightsOf(shapes: ReadonlyMap<string, readonly number[]>): WeightMap {
  return new Map([...headerOf(shapes).tensors].map(([name, entry]) => [name, { file: 'model.safetensors', ...entry }]));
}

function modelOf(unet: JsonObject, family: 'sd1' | 'sdxl', textWidth: number): PatchedModel {
  const text = {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 1,
    vocab_size: 49408,
    max_position_embeddings: 77,
    architectures: ['CLIPTextModel'],
  };
  const components = {
    unet: { config: unet, weights: weightsOf(expectedUnet(unet)) },
    text_encoder: { config: text, weights: weightsOf(expectedClipText(text)) },
  };
  return { family, textWidth, components };
}

const sd1 = modelOf(sd1Unet, 'sd1', 768);
const sdxl = modelOf(sdxlUnet, 'sdxl', 2048);

function open(shapes: Shapes, model = sd1, metadata: Readonly<Record<string, string>> = {}) {
  const header = headerOf(Object.entries(shapes), new Map(Object.entries(metadata)));
  return openLora('style.safetensors', model, fakeIo({ 'style.safetensors': header }));
}

async function refusal(shapes: Shapes, model = sd1): Promise<Pick<AppError, 'code' | 'message'>> {
  const { code, message } = await open(shapes, model).then(
    () => expect.fail('expected a refusal'),
    (error: unknown) => error as AppError,
  );
  return { code, message };
}

const block = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0';
const toK: Shapes = { [`${block}_attn2_to_k.lora_down.weight`]: [4, 768], [`${block}_attn2_to_k.lora_up.weight`]: [320, 4] };

describe('a LoRA file', () => {
  test('is matched to the layers it changes, with alpha over rank as its scale', async () => {
    const { modules, unmatched, notes } = await open({ ...toK, [`${block}_attn2_to_k.alpha`]: [] });
    expect(modules.map(({ component, module, kind, scale }) => ({ component, module, kind, scale }))).toEqual([
      { component: 'unet', module: 'down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k', kind: 'lora', scale: 0.5 / 4 },
    ]);
    expect([unmatched, notes]).toEqual([[], []]);
  });

  test('without alpha has factor 1', async () => {
    expect((await open(toK)).modules[0]!.scale).toBe(1);
  });

  test.each([
    ['alpha', { 'unet.lora_alpha': 8 }, 2],
    ['rsLoRA', { 'unet.lora_alpha': 8, 'unet.use_rslora': true }, 4],
    ['a pattern', { 'unet.lora_alpha': 8, 'unet.alpha_pattern': { 'attn2.to_k': 1 } }, 0.25],
    ['names without a network', { lora_alpha: 2 }, 0.5],
    ['another network alone', { 'text_encoder.lora_alpha': 8 }, 1],
  ])('takes its scale from PEFT metadata with %s', async (_, config, expected) => {
    const { modules } = await open(toK, sd1, { lora_adapter_metadata: JSON.stringify(config) });
    expect(modules[0]!.scale).toBe(expected);
  });

  test('with names that have no place says how many and which', async () => {
    const { unmatched, notes } = await open({ ...toK, 'lora_unet_other.lora_up.weight': [2, 4] });
    expect(unmatched).toEqual(['lora_unet_other.lora_up.weight']);
    expect(notes).toEqual([
      '1 of the 3 tensors of the LoRA style.safetensors have no place in this model: lora_unet_other.lora_up.weight.',
    ]);
  });

  test('of SDXL is refused by an SD1 model with both names', async () => {
    const xl = { [`${block}_attn2_to_k.lora_down.weight`]: [4, 2048], [`${block}_attn2_to_k.lora_up.weight`]: [320, 4] };
    expect(await refusal(xl)).toEqual({
      code: 'wrongFamily',
      message:
        'style.safetensors: This LoRA is made for SDXL (text of width 2048), and the model is Stable Diffusion 1 (text of width 768).',
    });
  });

  test('of SD1 is refused by an SDXL model', async () => {
    const lora = { 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight': [4, 768], 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight': [640, 4] }; // prettier-ignore
    expect((await refusal(lora, sdxl)).code).toBe('wrongFamily');
  });

  test('of a family that is not run is refused with its name', async () => {
    const { code, message } = await refusal({
      'transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight': [4, 3072],
      'transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight': [3072, 4],
    });
    expect(code).toBe('wrongFamily');
    expect(message).toContain('made for FLUX');
  });

  test('with a layer of another shape is refused with both shapes', async () => {
    const { code, message } = await refusal({ ...toK, [`${block}_attn1_to_q.lora_down.weight`]: [4, 640], [`${block}_attn1_to_q.lora_up.weight`]: [640, 4] }); // prettier-ignore
    expect(code).toBe('wrongShapes');
    expect(message).toContain('attn1.to_q: the weight is [320, 320], the LoRA\'s tensors are down [4, 640] and up [640, 4]'); // prettier-ignore
  });

  test('with one factor of a pair is refused', async () => {
    const { code, message } = await refusal({ ...toK, [`${block}_attn1_to_q.lora_down.weight`]: [4, 320] });
    expect(code).toBe('missingTensors');
    expect(message).toContain(`${block}_attn1_to_q.lora_down.weight alone`);
  });

  test.each([
    ['a ControlNet', { 'controlnet_cond_embedding.conv_in.weight': [16, 3, 3, 3] }, 'a ControlNet'],
    ['a text', { hello: [3] }, 'that no known add-on has'],
  ])('that is %s is refused with what it is', async (_, shapes, words) => {
    const { code, message } = await refusal(shapes);
    expect(code).toBe('wrongAddOn');
    expect(message).toContain(words);
  });

  test.each([
    ['an OFT', 'oft_blocks', [4, 80, 80]],
    ['a BOFT', 'oft_blocks', [3, 4, 80, 80]],
    ['an OFT', 'oft_R.weight', [4, 80]],
    ['a BOFT', 'boft_R', [3, 4, 80, 80]],
  ])('that is %s (%s) is refused with what it is', async (is, part, shape) => {
    const { code, message } = await refusal({ [`${block}_attn1_to_q.${part}`]: shape, [`${block}_attn1_to_q.alpha`]: [] });
    expect(code).toBe('unsupportedAddOn');
    expect(message).toContain(`This is ${is} file`);
  });

  test('whose GLoRA lacks one of its four factors is refused', async () => {
    const { code } = await refusal({ [`${block}_attn1_to_q.a1.weight`]: [320, 4], [`${block}_attn1_to_q.a2.weight`]: [4, 320], [`${block}_attn1_to_q.b1.weight`]: [320, 4] }); // prettier-ignore
    expect(code).toBe('missingTensors');
  });

  test('that is a pickle by its name is refused', async () => {
    await expect(openLora('style.pt', sd1, fakeIo({ 'style.pt': headerOf([]) }))).rejects.toMatchObject({ code: 'pickleRefused' });
  });

  test('that is missing is refused', async () => {
    await expect(openLora('none.safetensors', sd1, fakeIo({}))).rejects.toMatchObject({ code: 'addOnMissing' });
  });
});

describe('a module', () => {
  const toQ = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';
  const conv = 'lora_unet_down_blocks_0_resnets_0_conv1';
  test.each([
    ['lora', { [`${conv}.lora_down.weight`]: [4, 320, 3, 3], [`${conv}.lora_up.weight`]: [320, 4, 1, 1] }],
    ['tucker', { [`${conv}.lora_down.weight`]: [4, 320, 1, 1], [`${conv}.lora_up.weight`]: [320, 4, 1, 1], [`${conv}.lora_mid.weight`]: [4, 4, 3, 3] }],
    ['loha', { [`${toQ}.hada_w1_a`]: [320, 4], [`${toQ}.hada_w1_b`]: [4, 320], [`${toQ}.hada_w2_a`]: [320, 4], [`${toQ}.hada_w2_b`]: [4, 320] }],
    ['lokr', { [`${toQ}.lokr_w1`]: [16, 16], [`${toQ}.lokr_w2_a`]: [20, 4], [`${toQ}.lokr_w2_b`]: [4, 20] }],
    ['glora', { [`${toQ}.a1.weight`]: [320, 4], [`${toQ}.a2.weight`]: [4, 320], [`${toQ}.b1.weight`]: [320, 4], [`${toQ}.b2.weight`]: [4, 320] }],
    ['glora', { [`${conv}.a1.weight`]: [4, 320, 1, 1], [`${conv}.a2.weight`]: [320, 4, 1, 1], [`${conv}.b1.weight`]: [4, 320, 3, 3], [`${conv}.b2.weight`]: [320, 4, 1, 1] }],
    ['ia3', { [`${toQ}.weight`]: [320], [`${toQ}.on_input`]: [] }],
    ['full', { [`${toQ}.diff`]: [320, 320] }],
    ['none', { [`${conv}.diff_b`]: [320] }],
  ])('of kind %s is told by its tensors', async (kind, shapes) => expect((await open(shapes)).modules.map((module) => module.kind)).toEqual([kind])); // prettier-ignore

  test('of a linear layer may change a 1x1 convolution', async () => {
    const module = 'lora_unet_down_blocks_0_attentions_0_proj_in';
    const { modules } = await open({ [`${module}.lora_down.weight`]: [4, 320], [`${module}.lora_up.weight`]: [320, 4] });
    expect(modules[0]!.shape).toEqual([320, 320, 1, 1]);
  });
});
