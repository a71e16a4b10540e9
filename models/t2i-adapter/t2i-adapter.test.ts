import { describe, expect, test } from 'vitest';
import { weightShapes } from '../add-on/expected.ts';
import { fakeIo, headerOf } from '../checkpoint/testing/fake-model.ts';
import { t2iAdapterConfig } from './config.ts';
import { openT2iAdapter } from './open-t2i-adapter.ts';
import { buildT2iAdapter } from './t2i-adapter.ts';

const full = t2iAdapterConfig({ adapter_type: 'full_adapter' });
const xl = t2iAdapterConfig({ adapter_type: 'full_adapter_xl' });
const shapes = weightShapes(buildT2iAdapter(full, 64, 64));

const sd1 = { family: 'sd1' as const, textWidth: 768, blockOutChannels: [320, 640, 1280, 1280], vaeFactor: 8 };
const sdxl = { family: 'sdxl' as const, textWidth: 2048, blockOutChannels: [320, 640, 1280], vaeFactor: 8 };

function open(tensors: Iterable<readonly [string, readonly number[]]>, model: typeof sd1 | typeof sdxl = sd1) {
  return openT2iAdapter('t.safetensors', model, fakeIo({ 't.safetensors': headerOf(tensors) }));
}

/** The original code's name: two blocks a stage, counted through. */
function originalName(name: string): string {
  return name
    .replace(/^adapter\./, '')
    .replace(/^body\.(\d)\.resnets\.(\d)\./, (_, stage: string, block: string) => `body.${2 * Number(stage) + Number(block)}.`)
    .replace(/^body\.(\d)\.in_conv\./, (_, stage: string) => `body.${2 * Number(stage)}.in_conv.`);
}

describe('A T2I-Adapter', () => {
  test('gives one feature a level, halved and rounded up as the UNet does', () => {
    const features = [...buildT2iAdapter(full, 104, 80).outputs.values()];
    expect(features.map(({ shape }) => shape)).toEqual([[1, 320, 13, 10], [1, 640, 7, 5], [1, 1280, 4, 3], [1, 1280, 2, 2]]); // prettier-ignore
  });

  test('for SDXL halves only once, after its blocks of 16 pixels', () => {
    const features = [...buildT2iAdapter(xl, 128, 128).outputs.values()];
    expect(features.map(({ shape }) => shape)).toEqual([[1, 320, 8, 8], [1, 640, 8, 8], [1, 1280, 4, 4], [1, 1280, 4, 4]]); // prettier-ignore
  });

  test('is read under its original names', async () => {
    const { weights, config } = await open([...shapes].map(([name, shape]) => [originalName(name), shape] as const));
    expect(config).toEqual(full);
    expect(new Map([...weights].map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
  });

  test('of SD1 on SDXL, and of SDXL on SD1, is refused', async () => {
    await expect(open(shapes, sdxl)).rejects.toMatchObject({ code: 'wrongFamily' });
    await expect(open(weightShapes(buildT2iAdapter(xl, 128, 128)))).rejects.toMatchObject({ code: 'wrongFamily' });
  });

  test('of the light kind is refused with a reason', async () => {
    const light = [...shapes, ['adapter.body.0.out_conv.weight', [320, 80, 1, 1]] as const];
    await expect(open(light)).rejects.toMatchObject({ code: 'unsupportedAddOn', message: expect.stringContaining('light') as string });
  });
});
