import { expect, it } from 'vitest';
import { silu } from '../../../../../kernels/activation/op.ts';
import { add } from '../../../../../kernels/binary/op.ts';
import { conv2d } from '../../../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../../../kernels/graph/builder.ts';
import { image, plain, type Value } from '../../../../../kernels/graph/graph.ts';
import { resnetBlock } from '../../../../../models/layers/resnet.ts';
import { defaultFusion } from './build.ts';
import { fuseGraph } from './fuse.ts';
import { noFusion, type FusionOptions } from './fusion-options.ts';

function steps(build: (scope: Scope, graph: GraphBuilder) => Record<string, Value>, options: FusionOptions = defaultFusion): string[] {
  const graph = new GraphBuilder();
  const outputs = build(new Scope(graph), graph);
  return fuseGraph(graph.build(outputs), options).map(({ node, fusion }) =>
    [node.op, ...Object.keys(fusion).filter((key) => key !== 'output')].join(' '),
  );
}

const norm = { groups: 2, epsilon: 1e-5 };
const block = (s: Scope, g: GraphBuilder) => ({ y: resnetBlock(s, g.input('x', image(1, 4, 3, 3)), 4, norm, g.input('t', plain(1, 4))) });

it('makes a residual block out of two norms and two convolutions', () => {
  expect(steps(block)).toEqual([
    'groupNorm activation',
    'linear',
    'reshape',
    'conv2d channelShift',
    'groupNorm activation',
    'conv2d residual',
  ]);
});

it('leaves norms to the convolutions where asked', () => {
  const found = steps(block, { ...defaultFusion, normOnLoad: true });
  expect(found).toEqual(['linear', 'reshape', 'conv2d sources norm channelShift', 'conv2d sources norm residual']);
});

it('merges nothing where told so', () => {
  expect(steps(block, noFusion)).toHaveLength(10);
});

it('keeps a value that is read twice or given out', () => {
  const twice = (s: Scope, g: GraphBuilder) => {
    const h = conv2d(s, g.input('x', image(1, 4, 3, 3)), { outChannels: 4 });
    return { y: silu(s, h), z: add(s, h, g.input('r', image(1, 4, 3, 3))) };
  };
  expect(steps(twice)).toEqual(['conv2d', 'activation', 'binary']);
  const given = (s: Scope, g: GraphBuilder) => {
    const h = conv2d(s, g.input('x', image(1, 4, 3, 3)), { outChannels: 4 });
    return { h, y: silu(s, h) };
  };
  expect(steps(given)).toEqual(['conv2d', 'activation']);
});
