import { expect, it } from 'vitest';
import { silu } from '../../../../../kernels/activation/op.ts';
import { attention } from '../../../../../kernels/attention-op/op.ts';
import { add, multiply } from '../../../../../kernels/binary/op.ts';
import { conv2d } from '../../../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../../../kernels/graph/builder.ts';
import { image, plain, tokens, type Value } from '../../../../../kernels/graph/graph.ts';
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

const attend = (s: Scope, g: GraphBuilder, readout = false) =>
  attention(s, g.input('q', tokens(1, 3, 8)), g.input('k', tokens(1, 5, 8)), g.input('v', tokens(1, 5, 8)), {
    heads: 2,
    bias: { query: g.input('u', tokens(1, 3, 2)), key: g.input('e', tokens(1, 5, 2)) },
    ...(readout && { readout: g.input('groups', tokens(1, 5, 2)) }),
  });

it('adds a weighted attention to another one in its kernel', () => {
  const add2 = (s: Scope, g: GraphBuilder) => ({
    y: add(s, g.input('x', tokens(1, 3, 8)), multiply(s, attend(s, g).out, g.input('gate', tokens(1, 3, 1)))),
  });
  expect(steps(add2)).toEqual(['attention gate residual']);
});

it('leaves to itself what would bind more memory than every device can', () => {
  const gated = (s: Scope, g: GraphBuilder) => {
    const { out, mass } = attend(s, g, true);
    return { y: multiply(s, out, g.input('gate', tokens(1, 3, 1))), mass: mass! };
  };
  expect(steps(gated)).toEqual(['attention', 'binary']);
});

it('takes no factor for each channel for a gate', () => {
  const scaled = (s: Scope, g: GraphBuilder) => ({ y: multiply(s, attend(s, g).out, g.input('scale', tokens(1, 1, 8))) });
  expect(steps(scaled)).toEqual(['attention', 'binary']);
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
