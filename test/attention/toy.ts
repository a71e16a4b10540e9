import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { tokens, type Graph } from '../../kernels/graph/graph.ts';
import { interpret } from '../../kernels/graph/interpret.ts';
import { floatTensor, type FloatTensor, type Tensor } from '../../kernels/tensor.ts';
import { buildAttention } from '../../kernels/attention/stack/build.ts';
import type { AttentionLayer, AttentionSite, IpAdapterLayer, RegionalLayer } from '../../kernels/attention/stack/layers.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { addLayers, createStack, type AttentionStack } from '../../kernels/attention/stack/stack.ts';
import { regionMask, type RegionMask } from '../../src-main/core/regions/mask.ts';
import { fixedStackInputs, stepStackInputs, type LayerMask, type StackJob } from '../../src-main/engine/attention/stack-inputs.ts';

/** A toy attention site: two guidance rows, a 4 x 3 grid under a 7 x 6 latent, two heads of four channels. */
export const toy = {
  batch: 2,
  latent: { height: 7, width: 6 },
  grid: { height: 4, width: 3 },
  heads: 2,
  width: 8,
  contextWidth: 6,
  /** Row 0: a negative prompt of 3 tokens. Row 1: a global prompt of 3 and three regions of 2. */
  tokens: 9,
  lengths: [3, 9],
} as const;

export const crossSite: AttentionSite = { name: 'down_blocks.0.attn2', kind: 'cross', heads: toy.heads, grid: toy.grid };
export const selfSite: AttentionSite = { name: 'down_blocks.0.attn1', kind: 'self', heads: toy.heads, grid: toy.grid };

const always = [0, 1] as const;

export function region(index: number, options: Partial<RegionalLayer> = {}): RegionalLayer {
  const start = 3 + index * 2;
  return {
    kind: 'regional',
    id: `region${index}`,
    rows: [1],
    start,
    end: start + 2,
    hasMask: true,
    strength: 1,
    isolate: false,
    range: always,
    ...options,
  };
}

export function ipAdapter(index: number, options: Partial<IpAdapterLayer> = {}): IpAdapterLayer {
  return {
    kind: 'ipAdapter',
    id: `face${index}`,
    tokens: 2 + index,
    width: 5,
    scale: index === 0 ? 0.8 : -0.4,
    otherSites: 1,
    siteFactors: [],
    swappedSites: [],
    hasMask: index === 0,
    range: always,
    ...options,
  };
}

export const padding: AttentionLayer = { kind: 'padding', id: 'padding', lengths: toy.lengths };
export const capture: AttentionLayer = { kind: 'capture', id: 'capture' };
export const causal: AttentionLayer = { kind: 'causal', id: 'causal' };
export const relativePosition: AttentionLayer = { kind: 'relativePosition', id: 'positions', tableRows: [9, 5] };
export const perturbed: AttentionLayer = { kind: 'perturbed', id: 'pag', rows: [1], sites: ['down_blocks'], range: always };

/** Numbers in [-1, 1) that depend on the name alone. */
export function numbers(name: string, count: number): Float32Array {
  let state = 2166136261;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 16777619) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function toyTensor(name: string, ...shape: number[]): FloatTensor {
  return floatTensor(shape, numbers(name, shape.reduce((product, size) => product * size, 1))); // prettier-ignore
}

/** Left half, a soft disc in the middle, and one cell. */
export const masks: readonly RegionMask[] = [
  regionMask(
    7,
    6,
    Array.from({ length: 42 }, (_, index) => (index % 6 < 3 ? 1 : 0)),
  ),
  regionMask(
    7,
    6,
    Array.from({ length: 42 }, (_, index) => Math.max(0, 1 - Math.hypot(Math.floor(index / 6) - 3, (index % 6) - 2.5) / 3)),
  ),
  regionMask(
    7,
    6,
    Array.from({ length: 42 }, (_, index) => (index === 16 ? 1 : 0)),
  ),
];

export function layerMasks(isSoft: (index: number) => boolean = (index) => index === 1): Map<string, LayerMask> {
  return new Map([
    ...masks.map((mask, index) => [`region${index}`, { mask, isSoft: isSoft(index) }] as const),
    ['face0', { mask: masks[0]!, isSoft: false }] as const,
  ]);
}

export function toyStack(layers: readonly AttentionLayer[], base = 'auto'): AttentionStack {
  return addLayers(createStack(base), layers);
}

export function toyJob(stack: AttentionStack, layerMask = layerMasks()): StackJob {
  const pictures = stack.layers
    .filter((layer) => layer.kind === 'ipAdapter')
    .map(({ id, tokens: count, width }) => [id, toyTensor(id, toy.batch, count, width)] as const);
  return { stack, batch: toy.batch, tokens: toy.tokens, grids: [toy.grid], masks: layerMask, pictures: new Map(pictures) };
}

export interface Built {
  readonly graph: Graph;
  readonly session: StackSession;
}

/** The graph of one attention with the stack on it: input `hidden`, in cross-attention `context`, output `out`. */
export function buildSite(stack: AttentionStack, site: AttentionSite): Built {
  const builder = new GraphBuilder();
  const scope = new Scope(builder);
  const session = new StackSession(stack);
  const hidden = builder.input('hidden', tokens(toy.batch, toy.grid.height * toy.grid.width, toy.width));
  const context = site.kind === 'self' ? hidden : builder.input('context', tokens(toy.batch, toy.tokens, toy.contextWidth));
  const out = buildAttention(session, scope.at(site.name), site, hidden, context);
  return { graph: builder.build({ out, ...session.outputs() }), session };
}

export function siteInputs(job: StackJob, step = 0, steps = 1): Map<string, Tensor> {
  return new Map<string, Tensor>([
    ['hidden', toyTensor('hidden', toy.batch, toy.grid.height * toy.grid.width, toy.width)],
    ['context', toyTensor('context', toy.batch, toy.tokens, toy.contextWidth)],
    ...fixedStackInputs(job),
    ...stepStackInputs(job, step, steps),
  ]);
}

export function toyWeight({ name, shape }: { readonly name: string; readonly shape: readonly number[] }): FloatTensor {
  return toyTensor(name, ...shape);
}

/** Runs the stack at a site with the reference interpreter. */
export function runSite(
  stack: AttentionStack,
  site: AttentionSite,
  { step = 0, steps = 1, job = toyJob(stack) } = {},
): Map<string, Tensor> {
  const { graph } = buildSite(stack, site);
  return interpret(graph, { inputs: siteInputs(job, step, steps), weight: toyWeight });
}
