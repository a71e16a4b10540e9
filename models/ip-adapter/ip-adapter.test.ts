import { describe, expect, test } from 'vitest';
import { fakeIo, headerOf } from '../checkpoint/testing/fake-model.ts';
import { unetConfig } from '../unet/config.ts';
import { openIpAdapter } from './open-ip-adapter.ts';
import { crossSites } from './sites.ts';

const sd1 = unetConfig({
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 768,
  attention_head_dim: 8,
});

const sdxl = unetConfig({
  block_out_channels: [320, 640, 1280],
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
  cross_attention_dim: 2048,
  attention_head_dim: [5, 10, 20],
  transformer_layers_per_block: [1, 2, 10],
});

type Shapes = [string, readonly number[]][];

const layers: Shapes = crossSites(sd1).flatMap(({ number, channels }) =>
  ['to_k_ip', 'to_v_ip'].map((part): [string, readonly number[]] => [`ip_adapter.${number}.${part}.weight`, [channels, 768]]),
);

const base: Shapes = [
  ['image_proj.proj.weight', [4 * 768, 1024]],
  ['image_proj.proj.bias', [4 * 768]],
  ['image_proj.norm.weight', [768]],
  ['image_proj.norm.bias', [768]],
];

const linear = (name: string, out: number, entering: number): Shapes => [
  [`image_proj.${name}.weight`, [out, entering]],
  [`image_proj.${name}.bias`, [out]],
];

const norm = (name: string, width: number): Shapes => [
  [`image_proj.${name}.weight`, [width]],
  [`image_proj.${name}.bias`, [width]],
];

const plus: Shapes = [
  ['image_proj.latents', [1, 16, 768]],
  ...linear('proj_in', 768, 1280),
  ...linear('proj_out', 768, 768),
  ...norm('norm_out', 768),
  ...[0, 1, 2, 3].flatMap((i): Shapes => [
    ...norm(`layers.${i}.0.norm1`, 768),
    ...norm(`layers.${i}.0.norm2`, 768),
    [`image_proj.layers.${i}.0.to_q.weight`, [768, 768]],
    [`image_proj.layers.${i}.0.to_kv.weight`, [1536, 768]],
    [`image_proj.layers.${i}.0.to_out.weight`, [768, 768]],
    ...norm(`layers.${i}.1.0`, 768),
    [`image_proj.layers.${i}.1.1.weight`, [3072, 768]],
    [`image_proj.layers.${i}.1.3.weight`, [768, 3072]],
  ]),
];

const fullFace: Shapes = [...linear('proj.0', 1280, 1280), ...linear('proj.2', 768, 1280), ...norm('proj.3', 768)];

const model = { family: 'sd1' as const, textWidth: 768, unet: sd1 };

function open(shapes: Shapes) {
  return openIpAdapter('a.safetensors', model, fakeIo({ 'a.safetensors': headerOf(shapes) }));
}

describe('The numbers of attention layers in IP-Adapter files', () => {
  test('run over down, up and middle blocks, self and cross in turn: SD1 has 1 to 31', () => {
    const sites = crossSites(sd1);
    expect(sites.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, i) => 2 * i + 1));
    expect(sites.find(({ number }) => number === 13)).toEqual({
      name: 'up_blocks.1.attentions.0.transformer_blocks.0.attn2',
      channels: 1280,
      number: 13,
    });
    expect(sites.at(-1)?.name).toBe('mid_block.attentions.0.transformer_blocks.0.attn2');
  });

  test('count every transformer of SDXL: 1 to 139', () => {
    const sites = crossSites(sdxl);
    const named = (number: number) => sites.find((site) => site.number === number);
    expect(sites.at(-1)?.number).toBe(139);
    expect(named(9)?.name).toBe('down_blocks.2.attentions.0.transformer_blocks.0.attn2');
    expect(named(69)?.name).toBe('up_blocks.0.attentions.1.transformer_blocks.0.attn2');
    expect(named(109)).toMatchObject({ name: 'up_blocks.1.attentions.0.transformer_blocks.0.attn2', channels: 640 });
  });
});

describe('The projection of an IP-Adapter', () => {
  test('is a linear layer for base files', async () => {
    expect((await open([...base, ...layers])).projection).toEqual({ kind: 'base', tokens: 4, inWidth: 1024, outWidth: 768 });
  });

  test('is a resampler with heads of 64 for Plus files, whose keys and values lie one below the other', async () => {
    const { projection, projectionWeights } = await open([...plus, ...layers]);
    expect(projection).toEqual({
      kind: 'plus', tokens: 16, inWidth: 1280, outWidth: 768, width: 768, depth: 4, heads: 12, headWidth: 64, innerWidth: 3072,
    }); // prettier-ignore
    const keys = projectionWeights.get('image_proj.layers.2.attn.to_k.weight')!;
    const values = projectionWeights.get('image_proj.layers.2.attn.to_v.weight')!;
    expect(keys.shape).toEqual([768, 768]);
    expect(values.offset).toBe(keys.offset + keys.bytes);
  });

  test('is two layers on each patch for full-face files', async () => {
    expect((await open([...fullFace, ...layers])).projection).toEqual({ kind: 'full', inWidth: 1280, innerWidth: 1280, outWidth: 768 });
  });

  test('is found under the names of other programs', async () => {
    const renamed = [...base, ...layers].map(([name, shape]): [string, readonly number[]] => [
      name.replace('image_proj.', 'image_proj_model.').replace('ip_adapter.', 'adapter_modules.'),
      shape,
    ]);
    expect((await open(renamed)).projection.kind).toBe('base');
  });
});

describe('An IP-Adapter that cannot be used', () => {
  test('because it is a FaceID one is refused with the reason of its licence', async () => {
    const face: Shapes = [...linear('proj.0', 1024, 512), ...linear('proj.2', 3072, 1024), ...norm('norm', 768)];
    await expect(open([...face, ...layers])).rejects.toMatchObject({
      code: 'unsupportedAddOn',
      message: expect.stringContaining('licence') as string,
    });
    const withLora: Shapes = [...base, ...layers, ['ip_adapter.0.to_q_lora.down.weight', [128, 320]]];
    await expect(open(withLora)).rejects.toMatchObject({ code: 'unsupportedAddOn' });
  });

  test('because it is made for SDXL is refused with both families', async () => {
    const xl = layers.map(([name, [rows]]): [string, readonly number[]] => [name, [rows!, 2048]]);
    const message =
      'a.safetensors: This IP-Adapter is made for SDXL (text of width 2048), and the model is Stable Diffusion 1 (text of width 768).';
    await expect(open([...base, ...xl])).rejects.toMatchObject({ code: 'wrongFamily', message });
  });

  test('because layers are missing is refused with their names', async () => {
    await expect(open([...base, ...layers.slice(0, -1)])).rejects.toMatchObject({
      code: 'missingTensors',
      message: expect.stringContaining('mid_block.attentions.0.transformer_blocks.0.attn2.to_v_ip') as string,
    });
  });
});
