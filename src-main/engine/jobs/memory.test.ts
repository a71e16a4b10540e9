import { expect, it } from 'vitest';
import { addLayers, createStack } from '../../../kernels/attention/stack/stack.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { noAddOns } from '../adapters/add-ons.ts';
import { gpuMemory } from '../backends/webgpu/device/memory.ts';
import type { AdapterFactSheet } from '../backends/webgpu/device/facts.ts';
import { planMemory, processMemory, type MemoryRequest } from './memory.ts';
import type { Settings } from './settings.ts';

const giga = 2 ** 30;

function card(storage: 'f16' | 'f32', binding: number, vendor = 'nvidia') {
  const limits = { maxStorageBufferBindingSize: binding, maxBufferSize: 4 * giga };
  const target = { storage, workgroupBytes: 32_768, maxInvocations: 256, scoreBytes: 2 ** 28 };
  return gpuMemory({ vendor, limits } as AdapterFactSheet, target);
}

/** SD 1.5 with weights of 10 MB a part in the file. */
function request(side: number, changes: Partial<MemoryRequest> = {}): MemoryRequest {
  const weights = new Map([['w', { shape: [5_000_000], bytes: 10_000_000 }]]);
  const part = (config: object) => ({ config, weights });
  const components = {
    text_encoder: part({}),
    unet: part({
      block_out_channels: [320, 640, 1280, 1280],
      down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
      cross_attention_dim: 768,
      attention_head_dim: 8,
    }),
    vae: part({ block_out_channels: [128, 256, 512, 512], layers_per_block: 2, sample_size: 512 }),
  };
  return {
    description: { vaeFactor: 8, components } as unknown as ModelDescription,
    settings: { width: side, height: side } as Settings,
    batch: 2,
    textLength: 77,
    stack: addLayers(createStack(), []),
    addOns: noAddOns,
    limitBytes: undefined,
    ...changes,
  };
}

it('decodes in one piece on a card that can bind every value, and in tiles on one that cannot', () => {
  expect(planMemory(request(1024, { device: card('f16', 2 * giga) })).tile).toBeUndefined();
  const plan = planMemory(request(1024, { device: card('f16', giga / 8) }));
  expect(plan).toMatchObject({ tile: 64, inTurn: false });
  expect(plan.notes).toContain('The picture is decoded in tiles of 512 pixels, to stay within the memory.');
});

it('takes smaller tiles where whole numbers take twice the place', () => {
  expect(planMemory(request(1024, { device: card('f32', giga / 8) })).tile).toBe(32);
});

it('needs half the memory for halves', () => {
  const bytes = (storage: 'f16' | 'f32') => planMemory(request(512, { device: card(storage, 2 * giga) })).peakBytes;
  expect(bytes('f16') / bytes('f32')).toBeLessThan(0.7);
  expect(bytes('f32')).toBeLessThan(planMemory(request(512, { device: processMemory, limitBytes: 64 * giga })).peakBytes);
});

it('gives parts back and decodes in tiles on a card that has turned out too small', () => {
  expect(planMemory(request(1024, { device: card('f16', 2 * giga), isLean: true }))).toMatchObject({ inTurn: true, tile: 64 });
});

it('knows the limit of memory that is shared with an Apple GPU, and of no other', () => {
  expect(card('f16', giga).limit).toBe(Infinity);
  expect(card('f16', giga, 'Apple').limit).toBeLessThan(processMemory.limit);
});
