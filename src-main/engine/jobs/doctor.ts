import { cpus, totalmem } from 'node:os';
import sharp from 'sharp';
import { interpret } from '../../../kernels/graph/interpret.ts';
import { elementCount, floatTensor, indexTensor, type Tensor } from '../../../kernels/tensor.ts';
import type { Graph, Value } from '../../../kernels/graph/graph.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import { buildUnet } from '../../../models/unet/unet.ts';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import type { DoctorReport } from '../../contract/reports.ts';
import type { Backend } from '../backends/backend.ts';
import type { WorkHooks } from '../engine-service.ts';
import type { WeightStore } from '../weights.ts';

type DeviceReport = DoctorReport['devices'][number];
type Check = DeviceReport['checks'][number];

/** Largest deviation from the reference, in standard deviations of the reference, that passes: f32 all the way, and values kept in f16 through two hundred nodes. */
const tolerances = { f32: 2e-4, f16: 5e-2 } as const;

/** What this computer is: the constant part of the report. */
export function computerReport(): Pick<DoctorReport, 'computer' | 'versions'> {
  return {
    computer: { platform: `${process.platform}-${process.arch}`, cores: cpus().length, memoryBytes: totalmem() },
    versions: { node: process.versions.node, sharp: sharp.versions.sharp ?? '', libvips: sharp.versions.vips },
  };
}

/**
 * Runs a small UNet with every kind of layer on a back end, all its nodes exposed, and compares it node by node with the reference
 * loops. The first node that diverges is named; the nodes after it inherit its error.
 */
export async function checkBackend(backend: Backend, hooks: Pick<WorkHooks, 'checkpoint'>): Promise<Check[]> {
  const graph = exposeNodes(buildUnet(unetConfig(toyUnet), { batch: 2, latentHeight: 9, latentWidth: 10, textLength: 7 }));
  const random = new TorchGenerator(0);
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of graph.weights) weights.set(name, random.randn(shape).map((value) => value / Math.sqrt(elementCount(shape.slice(1))))); // prettier-ignore
  const inputs = new Map(graph.inputs.map((value) => [value.name, randomInput(value, random)]));
  const expected = interpret(graph, { inputs, weight: ({ name, shape }) => floatTensor(shape, weights.get(name)) });
  await hooks.checkpoint();
  const store: WeightStore = {
    locate: (name) => ({ kind: 'memory', values: weights.get(name)! }),
    read: (name) => Promise.resolve(weights.get(name)!),
  };
  const tolerance = tolerances[backend.memory?.value === 2 ? 'f16' : 'f32'];
  const executable = await backend.compile(graph, store);
  const found = await executable.run(inputs);
  await executable.dispose();
  const errors = [...expected].map(([name, tensor]) => ({ name, error: deviation(tensor, found.get(name)!) }));
  const first = errors.find(({ error }) => !(error <= tolerance));
  const worst = Math.max(...errors.map(({ error }) => error));
  const note = first ? `The first node that differs is ${first.name}.` : `${errors.length} nodes agree with the reference.`;
  return [{ name: 'UNet, node by node', ok: first === undefined, error: worst, limit: tolerance, note }];
}

const toyUnet = {
  block_out_channels: [16, 32],
  layers_per_block: 1,
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 12,
  attention_head_dim: 2,
  norm_num_groups: 4,
};

/** The same graph with every node's first output as an output of the graph. */
function exposeNodes(graph: Graph): Graph {
  const outputs = new Map(graph.nodes.map((node, index) => [`${index} ${node.name} (${node.op})`, node.outputs[0]!]));
  return { ...graph, outputs };
}

function randomInput({ name, shape, dtype }: Value, random: TorchGenerator): Tensor {
  if (name === 'timestep') return floatTensor(shape, new Float32Array(elementCount(shape)).fill(500));
  return dtype === 'i32' ? indexTensor(shape, new Int32Array(elementCount(shape))) : floatTensor(shape, random.randn(shape));
}

function deviation(expected: Tensor, found: Tensor): number {
  let sum = 0;
  let squares = 0;
  let largest = 0;
  expected.data.forEach((value, i) => {
    sum += value;
    squares += value * value;
    const difference = Math.abs(value - found.data[i]!);
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  });
  const count = expected.data.length;
  return largest / Math.max(Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0)), 1e-3);
}
