import { expect, test } from 'vitest';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { lastUses } from '../../kernels/graph/passes.ts';
import { elementCount } from '../../kernels/tensor.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { addLayers, createStack } from '../../kernels/attention/stack/stack.ts';
import type { AttentionLayer } from '../../kernels/attention/stack/layers.ts';
import { spatialTransformer } from '../../models/layers/transformer.ts';
import { capture, ipAdapter, padding, region } from './toy.ts';

const [batch, side, channels, heads] = [2, 64, 320, 8];
const contextTokens = 4 * 77;

/** The first transformer of SD1.5 at 512 x 512 with a stack on it. Nothing runs: only sizes count. */
function transformer(layers: readonly AttentionLayer[]): Graph {
  const builder = new GraphBuilder();
  const session = new StackSession(addLayers(createStack(), layers));
  const x = builder.input('x', image(batch, channels, side, side));
  const text = builder.input('text', tokens(batch, contextTokens, 768));
  const options = { heads, depth: 1, normGroups: 32, linearProjection: false, attention: session };
  const out = spatialTransformer(new Scope(builder, 'down_blocks.0.attentions.0'), x, text, options);
  return builder.build({ out, ...session.outputs() });
}

const bytesOf = (value: Value) => elementCount(value.shape) * 4;

/** Most bytes of temporaries alive at once when nodes run in order and values die after their last use. */
function peakBytes(graph: Graph): number {
  const last = lastUses(graph);
  let alive = 0;
  let peak = 0;
  graph.nodes.forEach((node, index) => {
    for (const value of node.outputs) alive += bytesOf(value);
    peak = Math.max(peak, alive);
    const ended = new Set(
      [...node.inputs, ...node.outputs].filter((value) => value.kind === 'temporary' && (last.get(value.id) ?? -1) <= index),
    );
    for (const value of ended) alive -= bytesOf(value);
  });
  return peak;
}

const region77 = (index: number) => region(index, { start: (index + 1) * 77, end: (index + 2) * 77 });
const adapters = [ipAdapter(0, { tokens: 4, width: 768 }), ipAdapter(1, { tokens: 16, width: 768 })];

test('adapters raise the peak by no more than their own keys and values', () => {
  const ownBytes = adapters.reduce((sum, { tokens: count }) => sum + 2 * batch * count * channels * 4, 0);
  expect(peakBytes(transformer([padding, region77(0), region77(1), region77(2), ...adapters]))).toBeLessThanOrEqual(
    peakBytes(transformer([])) + ownBytes,
  );
});

test('no value of the graph is as large as queries times keys', () => {
  const layers = [padding, region77(0), region77(1), region77(2), ...adapters, capture];
  const dense = batch * side * side * contextTokens;
  const graph = transformer(layers);
  const largest = (values: readonly Value[]) => Math.max(...values.map((value) => elementCount(value.shape)));
  expect(largest(graph.inputs.filter(({ name }) => name !== 'x'))).toBeLessThan(dense / 4);
  const extra = graph.nodes.filter(({ name }) => /attn2/.test(name)).flatMap(({ outputs }) => outputs);
  expect(largest(extra)).toBeLessThanOrEqual(batch * side * side * channels);
});
