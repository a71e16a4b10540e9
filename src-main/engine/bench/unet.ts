import type { Graph } from '../../../kernels/graph/graph.ts';
import { elementCount, floatTensor, type Tensor } from '../../../kernels/tensor.ts';
import { buildUnet } from '../../../models/unet/unet.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import type { BenchLine } from '../../contract/reports.ts';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import { createNamedSampler } from '../../core/samplers/named-samplers.ts';
import { stepNoise } from '../../core/samplers/step-noise.ts';
import type { Backend, Executable } from '../backends/backend.ts';
import { denoise } from '../pipeline/denoise.ts';
import { createPredictor } from '../pipeline/predict.ts';
import type { WeightStore } from '../weights.ts';

/** About 10 million weights in the layout of SD1: the size of model that everything around the UNet has to keep up with. */
export const smallUnet = {
  block_out_channels: [96, 192, 288],
  layers_per_block: 1,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 256,
  attention_head_dim: 4,
  norm_num_groups: 32,
};

/** The layers of SD 1.5, each half as wide: 215 million weights. */
export const halfWidthSd1: typeof smallUnet = {
  block_out_channels: [160, 320, 640, 640],
  layers_per_block: 2,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 768,
  attention_head_dim: 8,
  norm_num_groups: 32,
};

export const side = 32;
const textLength = 77;
const steps = 12;

/** A step of a small UNet with guidance at 32x32 latents, and what the engine adds to the time the back end computes. */
export async function benchUnet(backend: Backend, emit: (line: BenchLine) => void, checkpoint: () => Promise<void>): Promise<void> {
  const graph = buildUnet(unetConfig(smallUnet), { batch: 2, latentHeight: side, latentWidth: side, textLength });
  const random = new TorchGenerator(0);
  const store = randomWeights(graph, random);
  const startedAt = performance.now();
  const compiled = await backend.compile(graph, store);
  const weights = graph.weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  emit({
    name: 'UNet, preparing the session',
    value: (performance.now() - startedAt) / 1000,
    unit: 's',
    note: `${(weights / 1e6).toFixed(1)} million weights`,
  });

  let computedMs = 0;
  const step: Executable = {
    async run(inputs: ReadonlyMap<string, Tensor>) {
      const before = performance.now();
      const outputs = await compiled.run(inputs);
      computedMs += performance.now() - before;
      return outputs;
    },
    dispose: () => compiled.dispose(),
  };
  const tokens = floatTensor([2, textLength, smallUnet.cross_attention_dim], random.randn([2, textLength, smallUnet.cross_attention_dim]));
  const predict = await createPredictor({
    unet: { step, prologue: undefined },
    conditioning: { tokens, extra: new Map() },
    guidance: { scale: 5, rescale: 0 },
  });
  const sampler = createNamedSampler({ name: 'dpmpp_2m', schedule: 'karras', steps, base: schedule, family: 'sd1' });
  const shape = [1, 4, side, side];
  const plan = { sampler, start: 0, latents: random.randn(shape), shape, predict, noise: stepNoise(random, 0) };
  await predict(floatTensor(shape, plan.latents), 999, 0);
  computedMs = 0;
  const drawnAt = performance.now();
  for await (const _ of denoise(plan)) await checkpoint();
  const totalMs = performance.now() - drawnAt;
  await compiled.dispose();
  emit({
    name: 'UNet, a step with guidance',
    value: totalMs / steps,
    unit: 'ms',
    note: `${side}x${side} latents, ${steps} steps of DPM++ 2M`,
  });
  emit({ name: 'UNet, time outside the back end', value: (100 * (totalMs - computedMs)) / totalMs, unit: '%', note: 'goal: at most 5' });
}

/** Small random values for all weights of a graph. */
export function randomWeights(graph: Graph, random: TorchGenerator): WeightStore {
  const values = new Map(graph.weights.map(({ name, shape }) => [name, random.randn(shape).map((value) => value * 0.02)]));
  return {
    locate: (name) => ({ kind: 'memory', values: values.get(name)! }),
    read: (name) => Promise.resolve(values.get(name)!),
  };
}

/** SD1.5's scheduler_config.json, as far as it matters. */
const schedule = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', num_train_timesteps: 1000, steps_offset: 1 };
