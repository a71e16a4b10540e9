import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, plain, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { createStack } from '../../kernels/attention/stack/stack.ts';
import { resnetBlock } from '../../models/layers/resnet.ts';
import { spatialTransformer } from '../../models/layers/transformer.ts';
import { withSidePaths, type SidePath, type SidePathLora } from '../../models/lora/side-paths.ts';
import type { GraphCase } from './case.ts';

const norm = { groups: 4, epsilon: 1e-5 };

function loraCase(
  name: string,
  build: (scope: Scope, graph: GraphBuilder) => Value,
  loras: (graph: Graph) => readonly SidePathLora[],
): GraphCase {
  const builder = new GraphBuilder();
  const graph = builder.build({ y: build(new Scope(builder), builder) });
  return { name, graph: withSidePaths(graph, loras(graph)), tolerance: 2e-5, limits: {}, needsF32: false };
}

/** A path beside every linear layer and convolution. */
function besideAll(graph: Graph, id: string, isRegional: boolean, path: SidePath): SidePathLora {
  const layers = graph.nodes.filter(({ op }) => op === 'linear' || op === 'conv2d');
  return { id, isRegional, paths: new Map(layers.map(({ inputs }) => [inputs[1]!.name.replace(/\.weight$/, ''), path])) };
}

const transformer = (s: Scope, g: GraphBuilder) =>
  spatialTransformer(s, g.input('x', image(2, 8, 3, 5)), g.input('text', tokens(2, 7, 12)), {
    heads: 2,
    depth: 1,
    normGroups: 4,
    linearProjection: false,
    attention: new StackSession(createStack()),
  });

/** Networks with LoRAs beside their layers, of ranks that are no multiples of four. */
export const loraCases: readonly GraphCase[] = [
  loraCase(
    'residual block with two LoRAs',
    (s, g) => resnetBlock(s, g.input('x', image(2, 8, 5, 6)), 12, norm, g.input('t', plain(2, 12))),
    (graph) => [
      besideAll(graph, 'a', false, { kind: 'lowRank', rank: 3, scale: 0.5 }),
      besideAll(graph, 'b', false, { kind: 'lowRank', rank: 4, scale: 1 }),
    ],
  ),
  loraCase('transformer with a LoRA everywhere', transformer, (graph) => [
    besideAll(graph, 'a', false, { kind: 'lowRank', rank: 5, scale: 0.5 }),
  ]),
  loraCase('transformer with a LoRA of a region', transformer, (graph) => [
    besideAll(graph, 'a', true, { kind: 'lowRank', rank: 4, scale: 0.25 }),
  ]),
  loraCase(
    'strided convolution with a whole difference in a region',
    (s, g) => conv2d(s.at('conv'), g.input('x', image(1, 6, 5, 7)), { outChannels: 5, stride: 2 }),
    (graph) => [besideAll(graph, 'a', true, { kind: 'whole', hasBias: true })],
  ),
];
