import { attention } from '../../../kernels/attention-op/op.ts';
import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import { StackSession } from '../../../kernels/attention/stack/session.ts';
import { addLayers, createStack } from '../../../kernels/attention/stack/stack.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { image, tokens, type Graph } from '../../../kernels/graph/graph.ts';
import { elementCount, floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import { spatialTransformer } from '../../../models/layers/transformer.ts';
import { rectangleMask } from '../../core/regions/mask.ts';
import { fixedStackInputs, stepStackInputs } from '../attention/stack-inputs.ts';

/** One attention over equal inputs, or the first transformer of SD1.5 with a stack on it. Plain data: it travels to a process of its own. */
export type AttentionCase =
  | {
      readonly kind: 'attention';
      readonly name: string;
      readonly batch: number;
      readonly queries: number;
      readonly keys: number;
      readonly heads: number;
      readonly headSize: number;
      readonly base: string;
      readonly chunk: number;
    }
  | { readonly kind: 'transformer'; readonly name: string; readonly references: number; readonly regions: number };

export interface BenchGraph {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, FloatTensor>;
}

const [batch, side, channels, heads, promptTokens] = [2, 64, 320, 8, 77];

export function buildCase(bench: AttentionCase): BenchGraph {
  return bench.kind === 'attention' ? attentionGraph(bench) : transformerGraph(bench);
}

/** Numbers in [-1, 1) from a linear congruence: the same for every op. */
export function benchNumbers(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function attentionGraph(bench: Extract<AttentionCase, { kind: 'attention' }>): BenchGraph {
  const graph = new GraphBuilder();
  const width = bench.heads * bench.headSize;
  const operand = (name: string, length: number) => graph.input(name, tokens(bench.batch, length, width));
  const query = operand('query', bench.queries);
  const key = operand('key', bench.keys);
  const value = operand('value', bench.keys);
  const { out } = attention(new Scope(graph, 'attention'), query, key, value, bench);
  const built = graph.build({ out });
  return { graph: built, inputs: new Map(built.inputs.map(({ name, shape }, index) => [name, random(shape, index + 1)])) };
}

/** Guidance of two rows; the positive one holds a global prompt and one of 77 tokens for each region, in vertical bands. */
function transformerGraph({ references, regions }: Extract<AttentionCase, { kind: 'transformer' }>): BenchGraph {
  const count = promptTokens * Math.max(1, regions);
  const latent = { height: side, width: side };
  const stack = addLayers(createStack(), [...referenceLayers(references), ...regionLayers(regions, count)]);
  const graph = new GraphBuilder();
  const session = new StackSession(stack);
  const x = graph.input('x', image(batch, channels, side, side));
  const text = graph.input('text', tokens(batch, count, 768));
  const options = { heads, depth: 1, normGroups: 32, linearProjection: false, attention: session };
  const built = graph.build({
    out: spatialTransformer(new Scope(graph, 'down_blocks.0.attentions.0'), x, text, options),
    ...session.outputs(),
  });

  const band = (index: number) => rectangleMask(latent, { x: (index * side) / regions, y: 0, width: side / regions, height: side });
  const masks = new Map(Array.from({ length: regions }, (_, index) => [`region ${index}`, { mask: band(index), isSoft: false }]));
  const pictures = new Map(Array.from({ length: references }, (_, index) => [`reference ${index}`, random([batch, 4, 768], 90 + index)]));
  const job = { stack, batch, tokens: count, grids: [latent], masks, pictures };
  const inputs = new Map([...fixedStackInputs(job), ...stepStackInputs(job, 0, 1)]);
  built.inputs.forEach(({ name, shape }, index) => inputs.has(name) || inputs.set(name, random(shape, index + 1)));
  return { graph: built, inputs };
}

function referenceLayers(count: number): AttentionLayer[] {
  const shared = {
    tokens: 4,
    width: 768,
    scale: 0.7,
    otherSites: 1,
    siteFactors: [],
    swappedSites: [],
    hasMask: false,
    range: [0, 1],
  } as const;
  return Array.from({ length: count }, (_, index) => ({ kind: 'ipAdapter', id: `reference ${index}`, ...shared }));
}

function regionLayers(count: number, tokenCount: number): AttentionLayer[] {
  if (count === 0) return [];
  const shared = { kind: 'regional', rows: [1], hasMask: true, strength: 1, isolate: false, range: [0, 1] } as const;
  const regions = Array.from({ length: count }, (_, index): AttentionLayer => ({
    ...shared,
    id: `region ${index}`,
    start: index * promptTokens,
    end: (index + 1) * promptTokens,
  }));
  return [...regions, { kind: 'padding', id: 'padding', lengths: [promptTokens, tokenCount] }];
}

function random(shape: readonly number[], seed: number): FloatTensor {
  return floatTensor(shape, benchNumbers(elementCount(shape), seed));
}
