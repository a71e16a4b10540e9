import type { Graph, Node } from '../../../../kernels/graph/graph.ts';
import { elementCount } from '../../../../kernels/tensor.ts';
import type { Program } from './program/program.ts';

/** Layers that behave alike. */
export type LayerClass = 'conv3x3' | 'conv1x1' | 'linear' | 'self-attention' | 'cross-attention' | 'norms and the rest';

/** What a device is assumed to reach. */
export interface DeviceModel {
  readonly name: string;
  /** Of the arithmetic used: f32 units on Apple, f16 matrices with f32 sums elsewhere. */
  readonly peakTeraflops: number;
  readonly gigabytesPerSecond: number;
  /** Part of the peak that products and attention reach. */
  readonly productShare: number;
  readonly attentionShare: number;
}

export interface LayerCost {
  readonly layer: LayerClass;
  readonly gigaflops: number;
  /** Bytes that the launches read and write if each operand moves once. */
  readonly gigabytes: number;
  readonly launches: number;
}

/** Part of the memory bandwidth that simple kernels reach. */
export const bandwidthShare = 0.75;
/** Recording and starting one launch. */
export const launchMicroseconds = 4;

/** Multiplications and additions of a node, times one operation each. */
export function nodeFlops({ op, inputs, outputs, attributes }: Node): number {
  const results = elementCount(outputs[0]!.shape);
  if (op === 'linear') return 2 * results * inputs[0]!.shape.at(-1)!;
  if (op === 'conv2d') return 2 * results * elementCount(inputs[1]!.shape.slice(1));
  if (op !== 'attention') return 0;
  const [query, key, value] = inputs;
  const [batch, queries, width] = query!.shape as [number, number, number];
  const keys = key!.shape[1]!;
  const visible = attributes['causal'] ? keys / 2 : keys;
  return 2 * batch * queries * visible * (width + value!.shape[2]!);
}

/** Sums of work and traffic by layer class. Statistics of a norm count as norms even where a product normalises while it reads. */
export function layerCosts(graph: Graph, program: Program): LayerCost[] {
  const classes = new Map(graph.nodes.map((node) => [`${node.name} ${node.op}`, classOf(node)]));
  const costs = new Map<LayerClass, { gigaflops: number; gigabytes: number; launches: number }>();
  const cost = (layer: LayerClass) => costs.get(layer) ?? costs.set(layer, { gigaflops: 0, gigabytes: 0, launches: 0 }).get(layer)!;
  for (const node of graph.nodes) cost(classOf(node)).gigaflops += nodeFlops(node) / 1e9;
  for (const { node, op, keys, dispatch } of program.launches) {
    const layer = dispatch.kernel.startsWith('groupNorm') ? 'norms and the rest' : (classes.get(`${node} ${op}`) ?? 'norms and the rest');
    const entry = cost(layer);
    entry.launches++;
    entry.gigabytes += keys.reduce((sum, key) => sum + program.slots.get(key)!.bytes, 0) / 1e9;
  }
  return layerOrder.flatMap((layer) => (costs.has(layer) ? [{ layer, ...costs.get(layer)! }] : []));
}

const layerOrder: readonly LayerClass[] = ['conv3x3', 'conv1x1', 'linear', 'self-attention', 'cross-attention', 'norms and the rest'];

function classOf({ op, attributes, inputs }: Node): LayerClass {
  if (op === 'conv2d') return attributes['kernel'] === 1 ? 'conv1x1' : 'conv3x3';
  if (op === 'linear') return 'linear';
  if (op !== 'attention') return 'norms and the rest';
  return inputs[0]!.shape[1] === inputs[1]!.shape[1] ? 'self-attention' : 'cross-attention';
}

/** Predicted milliseconds of a layer class: the slower of arithmetic and memory, and the launches. */
export function predictedMs({ layer, gigaflops, gigabytes, launches }: LayerCost, device: DeviceModel): number {
  const share = layer.endsWith('attention') ? device.attentionShare : device.productShare;
  const arithmetic = gigaflops / (device.peakTeraflops * share);
  const memory = (gigabytes / (device.gigabytesPerSecond * bandwidthShare)) * 1e3;
  return Math.max(arithmetic, memory) + (launches * launchMicroseconds) / 1e3;
}

const apple = { productShare: 0.55, attentionShare: 0.45 } as const;
const matrix = { productShare: 0.4, attentionShare: 0.3 } as const;

/** Nominal peaks and bandwidths as the makers state them. */
export const deviceModels: readonly DeviceModel[] = [
  { name: 'M1', peakTeraflops: 2.6, gigabytesPerSecond: 68, ...apple },
  { name: 'M2 Max', peakTeraflops: 13.5, gigabytesPerSecond: 400, ...apple },
  { name: 'M4 Max', peakTeraflops: 18.4, gigabytesPerSecond: 546, ...apple },
  { name: 'RTX 3060', peakTeraflops: 25, gigabytesPerSecond: 360, ...matrix },
  { name: 'RTX 4090', peakTeraflops: 165, gigabytesPerSecond: 1008, ...matrix },
];
