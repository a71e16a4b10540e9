import { expect, it } from 'vitest';
import type { WgslTarget } from '../../kernels/wgsl/emitter.ts';
import { unetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/unet.ts';
import { buildProgram } from '../../src-main/engine/backends/webgpu/program/build.ts';
import type { Program } from '../../src-main/engine/backends/webgpu/program/program.ts';

const target: WgslTarget = { storage: 'f16', workgroupBytes: 32_768, maxInvocations: 256, scoreBytes: 2 ** 28 };

const sd15 = unetConfig({
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
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  projection_class_embeddings_input_dim: 2816,
});

/** One step with guidance: two samples. */
const request = (size: number) => ({ batch: 2, latentHeight: size / 8, latentWidth: size / 8, textLength: 77 });

it.each([
  { model: 'Stable Diffusion 1.5 at 512 in f16', config: sd15, size: 512, storage: 'f16', most: 60e6 },
  { model: 'Stable Diffusion 1.5 at 512 in f32', config: sd15, size: 512, storage: 'f32', most: 110e6 },
  { model: 'SDXL at 1024 in f16', config: sdxl, size: 1024, storage: 'f16', most: 190e6 },
] as const)('keeps the intermediate values of $model within $most bytes', ({ config, size, storage, most }) => {
  const { arena } = buildProgram(buildUnet(config, request(size)), { ...target, storage });
  expect(arena.bytes).toBeLessThanOrEqual(most);
});

it('needs few distinct kernels for a whole UNet, since sizes are parameters', () => {
  const { launches } = buildProgram(buildUnet(sd15, request(512)), target);
  expect(new Set(launches.map(({ dispatch }) => dispatch.code)).size).toBeLessThan(50);
});

it('never binds writable memory twice in one launch, nor more than eight pieces of memory', () => {
  for (const { keys, dispatch } of buildProgram(buildUnet(sd15, request(512)), target, { fusion: { normOnLoad: true } }).launches) {
    expect(new Set(keys).size).toBe(keys.length);
    expect(dispatch.bindings.length).toBeLessThanOrEqual(8);
    for (const size of dispatch.grid) expect(size).toBeLessThanOrEqual(65_535);
  }
});

it('launches for a small UNet what it did before', () => {
  const small = unetConfig({
    block_out_channels: [32, 64],
    down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
    layers_per_block: 1,
    cross_attention_dim: 32,
    attention_head_dim: 4,
    norm_num_groups: 8,
  });
  const graph = buildUnet(small, { batch: 2, latentHeight: 8, latentWidth: 8, textLength: 77 });
  expect(launchList(buildProgram(graph, target))).toMatchSnapshot();
});

function launchList({ launches, arena, slots }: Program): string {
  const lines = launches.map(({ node, dispatch, keys }) => {
    const written = dispatch.writes.map((index) => slots.get(keys[index]!)!.bytes);
    return `${dispatch.kernel.padEnd(24)} ${dispatch.grid.join('x').padEnd(10)} ${written.join('+').padStart(8)} ${node}`;
  });
  return [...lines, `${launches.length} launches, ${arena.bytes} bytes`].join('\n');
}
