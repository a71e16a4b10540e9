import { attention } from '../../../../kernels/attention-op/op.ts';
import { concat } from '../../../../kernels/concat/op.ts';
import { conv2d } from '../../../../kernels/conv2d/op.ts';
import { embedding } from '../../../../kernels/embedding/op.ts';
import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { image, indices, plain, tokens, type Graph, type Value } from '../../../../kernels/graph/graph.ts';
import { StackSession } from '../../../../kernels/attention/stack/session.ts';
import { createStack } from '../../../../kernels/attention/stack/stack.ts';
import { linear } from '../../../../kernels/linear/op.ts';
import { timestepEmbedding } from '../../../../kernels/timestep-embedding/op.ts';
import { upsample } from '../../../../kernels/upsample/op.ts';
import { resnetBlock } from '../../../../models/layers/resnet.ts';
import { spatialTransformer } from '../../../../models/layers/transformer.ts';

/** A small graph that stands for a class of layers, at sizes that no tile divides. */
export interface SelfTestCase {
  readonly name: string;
  readonly graph: Graph;
}

function testCase(name: string, build: (scope: Scope, graph: GraphBuilder) => Value): SelfTestCase {
  const graph = new GraphBuilder();
  const out = build(new Scope(graph), graph);
  return { name, graph: graph.build({ out }) };
}

function attentionCase(
  name: string,
  sizes: { queries: number; keys: number; size: number; heads: number },
  options: { base?: string; chunk?: number; causal?: boolean } = {},
): SelfTestCase {
  const { queries, keys, size, heads } = sizes;
  return testCase(name, (scope, graph) => {
    const [q, k, v] = [
      graph.input('q', tokens(1, queries, heads * size)),
      graph.input('k', tokens(1, keys, heads * size)),
      graph.input('v', tokens(1, keys, heads * size)),
    ];
    return attention(scope, q, k, v, { heads, ...options }).out;
  });
}

/** Every kernel a UNet, a VAE or a text encoder is made of: a second or two on a graphics card. */
export function selfTestCases(): SelfTestCase[] {
  const norm = { groups: 8, epsilon: 1e-5 };
  return [
    testCase('linear layer', (s, g) => linear(s, g.input('x', tokens(1, 150, 72)), 200)),
    testCase('linear layer of few rows', (s, g) => linear(s, g.input('x', plain(2, 320)), 130)),
    testCase('convolution', (s, g) => conv2d(s, g.input('x', image(1, 32, 17, 19)), { outChannels: 72 })),
    testCase('convolution of the latent', (s, g) => conv2d(s, g.input('x', image(2, 4, 9, 11)), { outChannels: 40 })),
    testCase('convolution with stride', (s, g) => conv2d(s, g.input('x', image(1, 16, 13, 11)), { outChannels: 24, stride: 2, padding: 1 })),
    testCase('convolution of a doubled image', (s, g) => conv2d(s, upsample(s, g.input('x', image(1, 16, 7, 9))), { outChannels: 20 })),
    testCase('residual block over a skip', (s, g) =>
      resnetBlock(s, concat(s, [g.input('x', image(2, 32, 7, 9)), g.input('skip', image(2, 16, 7, 9))], 1), 32, norm, g.input('time', plain(2, 48)))),
    testCase('transformer block', (s, g) =>
      spatialTransformer(s, g.input('x', image(2, 64, 7, 9)), g.input('text', tokens(2, 77, 48)), {
        heads: 2,
        depth: 1,
        normGroups: 8,
        linearProjection: true,
        attention: new StackSession(createStack()),
      })),
    attentionCase('attention, heads of 40', { queries: 100, keys: 77, size: 40, heads: 2 }),
    attentionCase('attention, heads of 64, causal', { queries: 77, keys: 77, size: 64, heads: 2 }, { causal: true }),
    attentionCase('attention, heads of 80', { queries: 70, keys: 70, size: 80, heads: 1 }),
    attentionCase('attention, heads of 160', { queries: 66, keys: 66, size: 160, heads: 1 }),
    attentionCase('attention in chunks', { queries: 75, keys: 90, size: 32, heads: 2 }, { base: 'chunked', chunk: 32 }),
    testCase('token embedding', (s, g) => embedding(s, g.constant('ids', indices(1, 5), Int32Array.of(7, 0, 3, 3, 30)), 31, 48)),
    testCase('time embedding', (s, g) => timestepEmbedding(s, g.constant('t', plain(3), Float32Array.of(1, 261.5, 999)), { width: 64, flipSinToCos: true, frequencyShift: 0 })),
  ]; // prettier-ignore
}
