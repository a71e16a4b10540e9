import { describe, expect, it } from 'vitest';
import { chooseWeights } from './component-folder.ts';
import { expectedClipText } from './expected-clip-text.ts';
import { expectedUnet } from './expected-unet.ts';
import { expectedVae } from './expected-vae.ts';
import { defaultsFor } from './defaults.ts';
import { openModel } from './open-model.ts';
import { sidecarFolders } from './sidecar.ts';
import { fakeIo, headerOf, ldmUnetNameOf, ldmVaeNameOf } from './testing/fake-model.ts';
import type { JsonObject, ModelHeader } from './types.ts';

const unet: JsonObject = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [8, 16],
  layers_per_block: 1,
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 12,
  attention_head_dim: 2,
  norm_num_groups: 4,
};
const vae: JsonObject = { block_out_channels: [4, 8, 8, 8], layers_per_block: 1, latent_channels: 4, scaling_factor: 0.5 };
const text: JsonObject = { hidden_size: 12, intermediate_size: 24, num_hidden_layers: 2, vocab_size: 50, hidden_act: 'quick_gelu' };

const index: JsonObject = {
  _class_name: 'StableDiffusionPipeline',
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  safety_checker: [null, null],
};

const configs = (root: string): Record<string, JsonObject> => ({
  [`${root}/model_index.json`]: index,
  [`${root}/unet/config.json`]: unet,
  [`${root}/vae/config.json`]: vae,
  [`${root}/text_encoder/config.json`]: text,
  [`${root}/scheduler/scheduler_config.json`]: {
    _class_name: 'DDIMScheduler',
    prediction_type: 'v_prediction',
    rescale_betas_zero_snr: true,
  },
  [`${root}/tokenizer/vocab.json`]: {},
  [`${root}/tokenizer/merges.txt`]: {},
  [`${root}/tokenizer/special_tokens_map.json`]: { pad_token: { content: '!' } },
});

const headers = (root: string): Record<string, ModelHeader> => ({
  [`${root}/unet/diffusion_pytorch_model.safetensors`]: headerOf(expectedUnet(unet)),
  [`${root}/vae/diffusion_pytorch_model.safetensors`]: headerOf(expectedVae(vae)),
  [`${root}/text_encoder/model.safetensors`]: headerOf(expectedClipText(text)),
});

describe('a diffusers folder is opened', () => {
  it('with its configs, scheduler and tokenizer', async () => {
    expect(await openModel('m/', fakeIo(headers('m'), configs('m')))).toMatchObject({
      path: 'm',
      family: 'sd1',
      prediction: 'v_prediction',
      zeroTerminalSnr: true,
      vaeScale: 0.5,
      vaeFactor: 8,
      tokenizers: { tokenizer: { files: { vocab: 'm/tokenizer/vocab.json' }, padToken: '!' } },
    });
  });

  it('with text encoder names without text_model, and with old VAE names', async () => {
    const files = headers('m');
    files['m/text_encoder/model.safetensors'] = headerOf(
      [...expectedClipText(text)].map(([name, shape]) => [name.replace(/^text_model\./, ''), shape]),
    );
    files['m/vae/diffusion_pytorch_model.safetensors'] = headerOf(
      [...expectedVae(vae)].map(([name, shape]) => [
        name.replace('.to_q.', '.query.').replace('.to_k.', '.key.').replace('.to_v.', '.value.').replace('.to_out.0.', '.proj_attn.'),
        shape,
      ]),
    );
    const model = await openModel('m', fakeIo(files, configs('m')));
    expect(model.components.text_encoder?.weights.has('text_model.final_layer_norm.weight')).toBe(true);
    expect(model.components.vae?.weights.has('encoder.mid_block.attentions.0.to_out.0.weight')).toBe(true);
  });

  it('in shards', async () => {
    const files = headers('m');
    const all = [...expectedUnet(unet)];
    const base = 'm/unet/diffusion_pytorch_model';
    delete files[`${base}.safetensors`];
    files[`${base}-00001-of-00002.safetensors`] = headerOf(all.slice(0, 40));
    files[`${base}-00002-of-00002.safetensors`] = headerOf(all.slice(40));
    const map = Object.fromEntries(all.map(([name], i) => [name, `diffusion_pytorch_model-0000${i < 40 ? 1 : 2}-of-00002.safetensors`]));
    const texts = { ...configs('m'), [`${base}.safetensors.index.json`]: { weight_map: map } };
    const model = await openModel('m', fakeIo(files, texts));
    expect(model.components.unet?.weights.size).toBe(all.length);
    expect(new Set([...(model.components.unet?.weights.values() ?? [])].map(({ file }) => file)).size).toBe(2);

    for (const bad of ['../vae/diffusion_pytorch_model.safetensors', '/etc/passwd', 'x.bin', '.hidden.safetensors', 7]) {
      const hostile = { ...texts, [`${base}.safetensors.index.json`]: { weight_map: { 'conv_in.weight': bad } } };
      await expect(openModel('m', fakeIo(files, hostile))).rejects.toMatchObject({ code: 'badConfig' });
    }
  });

  it('with latents of another width, and with bare number words of Python in its configs', async () => {
    const wide = (channels: number) => ({
      ...configs('m'),
      'm/unet/config.json': { ...unet, in_channels: channels, out_channels: 12 },
      'm/vae/config.json': { ...vae, latent_channels: 12 },
      'm/scheduler/scheduler_config.json': '{"lambda_min_clipped": -Infinity, "note": "a NaN \\" here", "prediction_type": "v_prediction"}',
    });
    const widths = (channels: number) => ({
      ...headers('m'),
      'm/unet/diffusion_pytorch_model.safetensors': headerOf(expectedUnet({ ...unet, in_channels: channels, out_channels: 12 })),
      'm/vae/diffusion_pytorch_model.safetensors': headerOf(expectedVae({ ...vae, latent_channels: 12 })),
    });
    const open = (channels: number) => openModel('m', fakeIo(widths(channels), wide(channels)));
    expect(await open(12)).toMatchObject({
      variant: 'normal',
      prediction: 'v_prediction',
      scheduler: { lambda_min_clipped: null, note: 'a NaN " here' },
    });
    expect((await open(25)).variant).toBe('inpaint');
    expect((await open(24)).variant).toBe('instruct-pix2pix');
    expect((await open(13)).variant).toBe('depth');
    await expect(open(9)).rejects.toMatchObject({ code: 'unsupportedModel' });
  });

  it('with the words that it knows, where a list of them lies in it', async () => {
    const open = async (vocabulary: object | string) =>
      (await openModel('m', fakeIo(headers('m'), { ...configs('m'), 'm/vocabulary.json': vocabulary as JsonObject }))).vocabulary;
    expect(await open({ words: ['house', 'red'], things: {} })).toEqual(['house', 'red']);
    expect(await open({ words: ['house', 3] })).toBeUndefined();
    expect(await open({ settings: { steps: 12 } })).toBeUndefined();
    expect(await open('broken')).toBeUndefined();
    expect((await openModel('m', fakeIo(headers('m'), configs('m')))).vocabulary).toBeUndefined();
  });

  it('with the settings that suit it, where they are said and possible', async () => {
    const open = async (settings: JsonObject) =>
      defaultsFor(await openModel('m', fakeIo(headers('m'), { ...configs('m'), 'm/vocabulary.json': { settings } })));
    expect(await open({ steps: 12, guidance: 3.5, sampler: 'dpmpp_2m' })).toMatchObject({ steps: 12, guidance: 3.5, sampler: 'dpmpp_2m' });
    expect(await open({ steps: 0, guidance: 'much', sampler: 'fast' })).toMatchObject({ steps: 25, guidance: 7, sampler: 'dpmpp_2m_k' });
  });

  it('by the plain weights first, then fp16, other variants and non_ema last', () => {
    const base = 'diffusion_pytorch_model';
    const names = [
      `${base}.non_ema.safetensors`,
      `${base}.bin`,
      `${base}.fp16.safetensors`,
      `${base}.safetensors`,
      `${base}.safetensors.index.fp16.json`,
    ];
    expect(chooseWeights(names, base)).toBe(`${base}.safetensors`);
    expect(chooseWeights(names.slice(0, 3), base)).toBe(`${base}.fp16.safetensors`);
    expect(chooseWeights(names.slice(0, 1), base)).toBe(`${base}.non_ema.safetensors`);
    expect(chooseWeights([`${base}.bin`], base)).toBe('pickle');
    expect(chooseWeights(['other.safetensors'], base)).toBeUndefined();
  });
});

describe('a diffusers folder is refused', () => {
  const open = (files: Record<string, ModelHeader>, texts: Record<string, string | JsonObject>): Promise<unknown> =>
    openModel('m', fakeIo(files, texts));

  it('when weights are pickles or absent', async () => {
    const files = headers('m');
    delete files['m/unet/diffusion_pytorch_model.safetensors'];
    await expect(open(files, { ...configs('m'), 'm/unet/diffusion_pytorch_model.bin': 'x' })).rejects.toMatchObject({
      code: 'pickleRefused',
    });
    await expect(open(files, configs('m'))).rejects.toMatchObject({ code: 'missingComponent' });
  });

  it('when its pipeline is another one, or it is one network alone', async () => {
    await expect(open(headers('m'), { ...configs('m'), 'm/model_index.json': { _class_name: 'FluxPipeline' } })).rejects.toMatchObject({
      code: 'unsupportedModel',
      details: { got: 'FluxPipeline' },
    });
    await expect(open({}, { 'm/config.json': { _class_name: 'UNet2DConditionModel' } })).rejects.toMatchObject({ code: 'unknownModel' });
  });

  it('when a config is broken or has impossible numbers', async () => {
    for (const bad of [
      'not json',
      '[]',
      { ...unet, block_out_channels: 'wide' },
      { ...unet, layers_per_block: -1 },
      { ...unet, layers_per_block: 2_000_000_000 },
      { ...unet, cross_attention_dim: 1e99 },
    ]) {
      await expect(open(headers('m'), { ...configs('m'), 'm/unet/config.json': bad })).rejects.toMatchObject({ code: 'badConfig' });
    }
  });

  it('when weights do not fit the config', async () => {
    await expect(open(headers('m'), { ...configs('m'), 'm/unet/config.json': { ...unet, cross_attention_dim: 13 } })).rejects.toMatchObject(
      { code: 'wrongShapes' },
    );
    await expect(open(headers('m'), { ...configs('m'), 'm/unet/config.json': { ...unet, layers_per_block: 2 } })).rejects.toMatchObject({
      code: 'missingTensors',
    });
  });
});

describe('a single file of unusual widths', () => {
  const shapes = [
    ...[...expectedUnet({ ...unet, layers_per_block: 2 })].map(([name, shape]): [string, readonly number[]] => [
      `model.diffusion_model.${ldmUnetNameOf(name, false)}`,
      shape,
    ]),
    ...[...expectedVae(vae)].map(([name, shape]): [string, readonly number[]] => [`first_stage_model.${ldmVaeNameOf(name)}`, shape]),
    ...[...expectedClipText(text)].map(([name, shape]): [string, readonly number[]] => [`cond_stage_model.transformer.${name}`, shape]),
  ];

  it('is opened with the configs of a folder of its name beside it', async () => {
    expect(sidecarFolders('a/m-fp16.safetensors')).toEqual(['a/m-fp16', 'a/m']);
    const texts = { ...configs('m'), 'm/unet/config.json': { ...unet, layers_per_block: 2 } };
    const model = await openModel('m-f16.safetensors', fakeIo({ 'm-f16.safetensors': headerOf(shapes) }, texts));
    expect(model).toMatchObject({
      layout: 'single-file',
      family: 'sd1',
      prediction: 'v_prediction',
      components: { unet: { config: { attention_head_dim: 2 } } },
    });
    expect(model.notes).toEqual(['Configuration files were taken from m.']);
  });

  it('is refused without them, and when they do not fit', async () => {
    await expect(openModel('m.safetensors', fakeIo({ 'm.safetensors': headerOf(shapes) }))).rejects.toMatchObject({
      code: 'unknownConfig',
    });
    await expect(openModel('m.safetensors', fakeIo({ 'm.safetensors': headerOf(shapes) }, configs('m')))).rejects.toMatchObject({
      code: 'unknownConfig',
    });
  });
});
