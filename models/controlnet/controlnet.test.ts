import { describe, expect, test } from 'vitest';
import { weightShapes } from '../add-on/expected.ts';
import { fakeIo, headerOf, ldmUnetNameOf } from '../checkpoint/testing/fake-model.ts';
import { controlNetConfig } from './config.ts';
import { buildControlNet } from './controlnet.ts';
import { openControlNet } from './open-controlnet.ts';
import { residualShapes } from './skip-shapes.ts';

const unet = {
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 768,
  attention_head_dim: 8,
  layers_per_block: 2,
};

const model = { family: 'sd1' as const, textWidth: 768, unet, blockOutChannels: unet.block_out_channels, vaeFactor: 8 };
const config = controlNetConfig(unet);
const shapes = weightShapes(buildControlNet(config, { batch: 1, latentHeight: 8, latentWidth: 8, textLength: 1 }));

/** The original code's name of a ControlNet tensor. */
function ldmName(name: string): string {
  const picture = /^controlnet_cond_embedding\.(conv_in|conv_out|blocks\.(\d))\.(.+)$/.exec(name);
  if (picture) {
    const index = picture[1] === 'conv_in' ? 0 : picture[1] === 'conv_out' ? 14 : 2 * Number(picture[2]) + 2;
    return `control_model.input_hint_block.${index}.${picture[3]}`;
  }
  const zero = /^controlnet_down_blocks\.(\d+)\.(.+)$/.exec(name);
  if (zero) return `control_model.zero_convs.${zero[1]}.0.${zero[2]}`;
  if (name.startsWith('controlnet_mid_block.')) return name.replace('controlnet_mid_block.', 'control_model.middle_block_out.0.');
  return `control_model.${ldmUnetNameOf(name, false)}`;
}

function open(tensors: Iterable<readonly [string, readonly number[]]>) {
  return openControlNet('net.safetensors', model, fakeIo({ 'net.safetensors': headerOf(tensors) }));
}

describe('A ControlNet of the published size', () => {
  test('has 340 tensors and 361,279,120 weights, as counted in diffusers', () => {
    const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
    expect([shapes.size, count]).toEqual([340, 361_279_120]);
  });

  test('gives a residual for each skip of the UNet and one for its middle, at odd sizes too', () => {
    const graph = buildControlNet(config, { batch: 2, latentHeight: 9, latentWidth: 10, textLength: 7 });
    expect([...graph.outputs.values()].map(({ shape }) => shape)).toEqual(residualShapes(config.unet, 9, 10).map((shape) => [2, ...shape]));
  });

  test('is read from a file with diffusers names and no config', async () => {
    const net = await open(shapes);
    expect(net.config).toEqual(config);
    expect(net.weights.size).toBe(340);
    expect(net.isDifference).toBe(false);
  });

  test('is read from a file with the original names, tensor for tensor', async () => {
    const net = await open([...shapes].map(([name, shape]) => [ldmName(name), shape] as const));
    expect(new Map([...net.weights].map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
  });

  test('that holds differences is recognised by its mark', async () => {
    const original = [...shapes].map(([name, shape]) => [ldmName(name), shape] as const);
    expect((await open([...original, ['difference', []] as const])).isDifference).toBe(true);
  });
});

describe('A control file that is not used', () => {
  const refusals = [
    ['a Union', 'task_embedding', 'ControlNet Union'],
    ['a Control-LoRA', 'lora_controlnet', 'Control-LoRA'],
    ['an LLLite', 'lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.down.0.weight', 'LLLite'],
  ] as const;

  test.each(refusals)('because it is %s is refused with the reason', async (_, mark, name) => {
    await expect(open([...shapes, [mark, [6, 320]] as const])).rejects.toMatchObject({
      code: 'unsupportedAddOn',
      message: expect.stringContaining(name) as string,
    });
  });

  test('because it is made for SDXL says so before it counts tensors', async () => {
    const xl = [...shapes].map(([name, shape]) => [name, name.includes('attn2.to_k') ? [shape[0]!, 2048] : shape] as const);
    await expect(open(xl)).rejects.toMatchObject({ code: 'wrongFamily', message: expect.stringContaining('SDXL') as string });
  });

  test('because it is a LoRA says what it is', async () => {
    const lora = [['lora_unet_mid_block_attentions_0_proj_in.lora_down.weight', [4, 1280]] as const];
    await expect(open(lora)).rejects.toMatchObject({ code: 'wrongAddOn', message: expect.stringContaining('This is a LoRA') as string });
  });
});
