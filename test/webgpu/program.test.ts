import { expect, it } from 'vitest';
import type { AttentionLayer } from '../../kernels/attention/stack/layers.ts';
import { addLayer, createStack, type AttentionStack } from '../../kernels/attention/stack/stack.ts';
import type { WgslTarget } from '../../kernels/wgsl/emitter.ts';
import { unetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/unet.ts';
import { buildProgram } from '../../src-main/engine/backends/webgpu/program/build.ts';
import { sd15, sdxl, stepGraph } from './known-models.ts';
import type { Program } from '../../src-main/engine/backends/webgpu/program/program.ts';

const target: WgslTarget = { storage: 'f16', workgroupBytes: 32_768, maxInvocations: 256, scoreBytes: 2 ** 28 };

it.each([
  { model: 'Stable Diffusion 1.5 at 512 in f16', config: sd15, size: 512, storage: 'f16', most: 60e6 },
  { model: 'Stable Diffusion 1.5 at 512 in f32', config: sd15, size: 512, storage: 'f32', most: 110e6 },
  { model: 'SDXL at 1024 in f16', config: sdxl, size: 1024, storage: 'f16', most: 190e6 },
] as const)('keeps the intermediate values of $model within $most bytes', ({ config, size, storage, most }) => {
  const { arena } = buildProgram(stepGraph(config, size), { ...target, storage });
  expect(arena.bytes).toBeLessThanOrEqual(most);
});

it('needs few distinct kernels for a whole UNet, since sizes are parameters', () => {
  const { launches } = buildProgram(stepGraph(sd15, 512), target);
  expect(new Set(launches.map(({ dispatch }) => dispatch.code)).size).toBeLessThan(50);
});

it('never binds writable memory twice in one launch, nor more than eight pieces of memory', () => {
  for (const { keys, dispatch } of buildProgram(stepGraph(sd15, 512), target, { fusion: { normOnLoad: true } }).launches) {
    expect(new Set(keys).size).toBe(keys.length);
    expect(dispatch.bindings.length).toBeLessThanOrEqual(8);
    for (const size of dispatch.grid) expect(size).toBeLessThanOrEqual(65_535);
  }
});

it.each([false, true])('adds a reference picture, masked: %s, without a pass over the results for its scale, mask or sum', (hasMask) => {
  const reference: AttentionLayer = { kind: 'ipAdapter', id: 'picture', tokens: 4, width: 64, scale: 0.7, otherSites: 1, siteFactors: [], swappedSites: [], hasMask, range: [0, 1] }; // prettier-ignore
  const size = { batch: 2, latentHeight: 16, latentWidth: 16, textLength: 77 };
  const count = (stack: AttentionStack) => {
    const kernels = buildProgram(buildUnet(sd15, { ...size, stack }), target).launches.map(({ dispatch }) => dispatch.kernel);
    return { all: kernels.length, flash: kernels.filter((kernel) => kernel.startsWith('flash')).length };
  };
  const without = count(createStack());
  // Its keys, its values, its scale over the few values or the mask, and its attention, at 16 cross-attentions.
  expect(count(addLayer(createStack(), reference))).toEqual({ all: without.all + 4 * 16, flash: without.flash + 16 });
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
