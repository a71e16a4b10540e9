import { describe, expect, it } from 'vitest';
import { defaultsFor } from './defaults.ts';
import { expectedClipText } from './expected-clip-text.ts';
import { expectedUnet } from './expected-unet.ts';
import { expectedVae } from './expected-vae.ts';
import { openModel } from './open-model.ts';
import { fakeIo, headerOf, ldmUnetNameOf, ldmVaeNameOf, openClipShapes } from './testing/fake-model.ts';
import { clipL, refinerUnet, sd1Unet, sd2Unet, sdxlUnet, vae } from './testing/published-configs.ts';
import type { JsonObject, ModelDescription } from './types.ts';

type Shapes = Map<string, readonly number[]>;
const parameters = (shapes: Shapes): number =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);

function ldmUnet(config: JsonObject, isXl = false): [string, readonly number[]][] {
  return [...expectedUnet(config)].map(([name, shape]) => [`model.diffusion_model.${ldmUnetNameOf(name, isXl)}`, shape]);
}

const ldmVae = (): [string, readonly number[]][] =>
  [...expectedVae(vae)].map(([name, shape]) => {
    const isAttention = /attentions\.0\.to_.*weight$/.test(name);
    return [`first_stage_model.${ldmVaeNameOf(name)}`, isAttention ? [...shape, 1, 1] : shape];
  });

const hfText = (prefix: string): [string, readonly number[]][] =>
  [...expectedClipText(clipL)].map(([name, shape]) => [prefix + name, shape]);

const sd1 = (): Shapes =>
  new Map([
    ...ldmUnet(sd1Unet),
    ...ldmVae(),
    ...hfText('cond_stage_model.transformer.'),
    ['cond_stage_model.transformer.text_model.embeddings.position_ids', [1, 77]],
  ]);
const sd2 = (): Shapes => new Map([...ldmUnet(sd2Unet), ...ldmVae(), ...openClipShapes('cond_stage_model.model.', 24, 1024, 1024)]);
const sdxl = (): Shapes =>
  new Map([
    ...ldmUnet(sdxlUnet, true),
    ...ldmVae(),
    ...hfText('conditioner.embedders.0.transformer.'),
    ...openClipShapes('conditioner.embedders.1.model.', 32, 1280, 1280),
  ]);

async function open(shapes: Shapes, name = 'm.safetensors', metadata = new Map<string, string>()): Promise<ModelDescription> {
  return openModel(name, fakeIo({ [name]: headerOf(shapes, metadata) }));
}

describe('weights that a config asks for', () => {
  it('are those of the published models', () => {
    expect(
      [sd1Unet, sd2Unet, sdxlUnet, refinerUnet].map((config) => [expectedUnet(config).size, parameters(expectedUnet(config))]),
    ).toEqual([
      [686, 859_520_964],
      [686, 865_910_724],
      [1680, 2_567_463_684],
      [1220, 2_259_526_660],
    ]);
    expect([expectedVae(vae).size, parameters(expectedVae(vae))]).toEqual([248, 83_653_863]);
    expect(parameters(expectedClipText(clipL))).toBe(123_060_480);
  });
});

describe('a single-file checkpoint is opened', () => {
  it('as SD1 with the config inferred from shapes', async () => {
    const model = await open(sd1());
    expect(model).toMatchObject({
      family: 'sd1',
      variant: 'normal',
      prediction: 'epsilon',
      predictionCertain: false,
      vaeScale: 0.18215,
      vaeFactor: 8,
    });
    expect(model.components.unet?.config).toMatchObject({ ...sd1Unet, transformer_layers_per_block: 1, use_linear_projection: false });
    expect(model.components.unet?.weights.size).toBe(686);
    expect(model.components.vae?.config).toMatchObject(vae);
    expect(model.components.text_encoder?.config).toMatchObject({ ...clipL, num_attention_heads: 12, hidden_act: 'quick_gelu' });
    expect(model.tokenizers).toEqual({ tokenizer: { padToken: '<|endoftext|>', maxLength: 77 } });
    expect(model.notes).toEqual([]);
    expect(defaultsFor(model)).toMatchObject({ width: 512, height: 512 });
  });

  it('as SD2 with the last text layer dropped and the prediction told by the weights', async () => {
    const model = await open(sd2());
    expect(model).toMatchObject({ family: 'sd2', prediction: 'epsilon', tokenizers: { tokenizer: { padToken: '!' } } });
    expect(model.components.text_encoder?.config).toMatchObject({ num_hidden_layers: 23, hidden_act: 'gelu', num_attention_heads: 16 });
    expect(model.components.unet?.config).toMatchObject({ ...sd2Unet, use_linear_projection: true });
    expect(model.reasons.at(-1)).toBe('By the spread of the last attention norm bias: epsilon.');
  });

  it('as SDXL with q, k and v as thirds and the text projection as a transpose', async () => {
    const shapes = sdxl();
    const model = await open(shapes);
    expect(model).toMatchObject({ family: 'sdxl', vaeScale: 0.13025, forceZerosForEmptyPrompt: true });
    expect(model.components.unet?.config).toMatchObject({ ...sdxlUnet, reverse_transformer_layers_per_block: null });
    const second = model.components.text_encoder_2?.weights;
    const whole = headerOf(shapes).tensors.get('conditioner.embedders.1.model.transformer.resblocks.3.attn.in_proj_weight');
    const bytes = 1280 * 1280 * 2;
    expect(second?.get('text_model.encoder.layers.3.self_attn.v_proj.weight')).toEqual({
      file: 'm.safetensors',
      dtype: 'F16',
      shape: [1280, 1280],
      offset: (whole?.offset ?? 0) + 2 * bytes,
      bytes,
    });
    expect(second?.get('text_projection.weight')).toMatchObject({ transpose: true, shape: [1280, 1280] });
  });

  it('as SDXL v-prediction with zero terminal SNR by marker tensors', async () => {
    const model = await open(new Map([...sdxl(), ['v_pred', []], ['ztsnr', []]]));
    expect(model).toMatchObject({ prediction: 'v_prediction', predictionCertain: true, zeroTerminalSnr: true });
    expect(model.scheduler).toMatchObject({ prediction_type: 'v_prediction', rescale_betas_zero_snr: true, timestep_spacing: 'trailing' });
  });

  it('as the refiner', async () => {
    const shapes = new Map([...ldmUnet(refinerUnet), ...ldmVae(), ...openClipShapes('conditioner.embedders.0.model.', 32, 1280, 1280)]);
    const model = await open(shapes);
    expect(model.family).toBe('sdxl-refiner');
    expect(model.components.unet?.config).toMatchObject({ addition_time_embed_dim: 256, transformer_layers_per_block: [1, 4, 4, 4] });
  });

  it('as an inpainting model by its nine channels', async () => {
    const shapes = sd1();
    shapes.set('model.diffusion_model.input_blocks.0.0.weight', [320, 9, 3, 3]);
    expect(await open(shapes)).toMatchObject({ variant: 'inpaint', components: { unet: { config: { in_channels: 9 } } } });
  });

  it('with prediction type by metadata, by a .yaml beside it, or by name', async () => {
    expect(await open(sd1(), 'm.safetensors', new Map([['modelspec.prediction_type', 'v']]))).toMatchObject({
      prediction: 'v_prediction',
      predictionCertain: true,
    });
    const io = fakeIo({ 'm.safetensors': headerOf(sd2()) }, { 'm.yaml': 'model:\n  params:\n    parameterization: "v"\n' });
    expect(await openModel('m.safetensors', io)).toMatchObject({ prediction: 'v_prediction', predictionCertain: true });
    expect(await open(sdxl(), 'noob-vpred-1.safetensors')).toMatchObject({ prediction: 'v_prediction', predictionCertain: false });
  });

  it('with scaled fp8 weights and their factors', async () => {
    const header = headerOf([...sd1(), ['model.diffusion_model.out.2.scale_weight', []], ['scaled_fp8', []]]);
    const name = 'model.diffusion_model.out.2.weight';
    const entry = header.tensors.get(name);
    if (!entry) throw new Error(name);
    const tensors = new Map(header.tensors).set(name, { ...entry, dtype: 'F8_E4M3' });
    const model = await openModel('m.safetensors', fakeIo({ 'm.safetensors': { ...header, tensors } }));
    expect(model.components.unet?.weights.get('conv_out.weight')).toMatchObject({ dtype: 'F8_E4M3', scale: { shape: [], bytes: 2 } });
    expect(model.notes).toEqual([]);
  });

  it('with settings of distilled models by name', async () => {
    const settings = async (name: string): Promise<unknown> => {
      const { steps, guidance, sampler } = defaultsFor(await open(sdxl(), name));
      return [steps, guidance, sampler];
    };
    expect(await settings('sdxl_lightning_8step.safetensors')).toEqual([8, 0, 'euler']);
    expect(await settings('turboVision.safetensors')).toEqual([2, 0, 'euler_a']);
    expect(await settings('dreamshaper-lcm.safetensors')).toEqual([6, 1.5, 'lcm']);
    expect(await settings('base.safetensors')).toEqual([25, 6, 'dpmpp_2m_k']);
  });
});

describe('a single file is refused', () => {
  const refused = async (shapes: Shapes, expected: object): Promise<void> => {
    await expect(open(shapes)).rejects.toMatchObject(expected);
  };

  it('when tensors are missing, with their names', async () => {
    const shapes = sd1();
    shapes.delete('model.diffusion_model.middle_block.0.in_layers.2.weight');
    await refused(shapes, {
      code: 'missingTensors',
      message: 'm.safetensors: the UNet of this sd1 checkpoint lacks 1 of 686 tensors: mid_block.resnets.0.conv1.weight.',
    });
  });

  it('when tensors have other shapes', async () => {
    const shapes = sdxl();
    shapes.set('first_stage_model.decoder.mid.block_1.conv1.weight', [512, 512, 1, 1]);
    await refused(shapes, { code: 'wrongShapes' });
  });

  it('when networks are missing', async () => {
    await refused(new Map(ldmUnet(sd1Unet)), {
      code: 'missingComponent',
      message: 'm.safetensors: This sd1 model lacks vae and text_encoder. Get the whole checkpoint or the diffusers folder.',
    });
  });

  it('when it is something else, with what it is', async () => {
    const kinds: [string, readonly number[], string, string][] = [
      ['lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight', [4, 320], 'notAMainModel', 'lora'],
      ['control_model.input_blocks.0.0.weight', [320, 4, 3, 3], 'notAMainModel', 'controlnet'],
      ['double_blocks.0.img_attn.norm.key_norm.scale', [128], 'unsupportedModel', 'flux1'],
      ['model.diffusion_model.joint_blocks.0.x.weight', [8], 'unsupportedModel', 'sd3'],
      ['vision_model.embeddings.class_embedding', [1024], 'notAMainModel', 'clip-vision'],
      ['emb_params', [2, 768], 'notAMainModel', 'textual-inversion'],
      ['something.else', [1], 'unknownModel', 'unknown'],
    ];
    for (const [name, shape, code, got] of kinds) await refused(new Map([[name, shape]]), { code, details: { got } });
    await refused(new Map(), { code: 'unknownModel' });
    await refused(new Map([...sdxl(), ['edm_vpred.sigma_max', []]]), { code: 'unsupportedModel', details: { got: 'cosxl' } });
    await refused(new Map([...sdxl(), ['edm_mean', [4]], ['edm_std', [4]]]), { code: 'unsupportedModel', details: { got: 'playground' } });
  });

  it('when a width is that of no known family, and nothing else tells', async () => {
    await refused(new Map([...ldmUnet({ ...sd1Unet, cross_attention_dim: 800 }), ...ldmVae()]), { code: 'unknownModel' });
  });

  it('when heads and norm groups cannot be told from unusual widths', async () => {
    const config = { ...sd1Unet, block_out_channels: [40, 80, 80, 80] };
    await refused(new Map([...ldmUnet(config), ...ldmVae(), ...hfText('cond_stage_model.transformer.')]), { code: 'unknownConfig' });
  });

  it('when its name is that of a pickle, or there is no such file', async () => {
    await expect(openModel('m.ckpt', fakeIo({ 'm.ckpt': headerOf([]) }))).rejects.toMatchObject({ code: 'pickleRefused' });
    await expect(openModel('gone.safetensors', fakeIo({}))).rejects.toMatchObject({ code: 'modelMissing' });
  });

  it('with hostile names it stays data', async () => {
    await refused(
      new Map([
        ['__proto__', [1]],
        ['constructor', [1]],
        ['a.__class__.__init__', [1]],
      ]),
      { code: 'unknownModel' },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
