import { activation, silu } from '../../kernels/activation/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { geglu } from '../../kernels/geglu/op.ts';
import { image, plain, tokens } from '../../kernels/graph/graph.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { fromTokens, toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { upsample } from '../../kernels/upsample/op.ts';
import { resnetBlock } from '../../models/layers/resnet.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { createStack } from '../../kernels/attention/stack/stack.ts';
import { spatialTransformer } from '../../models/layers/transformer.ts';
import { accumulationCases } from './attention-cases.ts';
import { graphCase, type GraphCase } from './case.ts';
import { loraCases } from './lora-cases.ts';

const norm = { groups: 4, epsilon: 1e-5 };
const loose = { tolerance: 2e-5 };

/** Graphs whose nodes the back end merges: each is run as it stands and merged. */
export const mergeCases: readonly GraphCase[] = [
  graphCase('residual block with time', (s, g) => ({ y: resnetBlock(s, g.input('x', image(2, 8, 5, 6)), 8, norm, g.input('t', plain(2, 12))) }), loose),
  graphCase('residual block of other channels', (s, g) => ({ y: resnetBlock(s, g.input('x', image(1, 8, 4, 5)), 12, norm) }), loose),
  graphCase('residual block over joined skips', (s, g) => {
    const joined = concat(s, [g.input('x', image(2, 8, 3, 4)), g.input('skip', image(2, 4, 3, 4))], 1);
    return { y: resnetBlock(s, joined, 8, norm, g.input('t', plain(2, 6))) };
  }, loose),
  graphCase('joined skips of odd channels', (s, g) => {
    const joined = concat(s, [g.input('x', image(1, 6, 3, 4)), g.input('skip', image(1, 3, 3, 4))], 1);
    return { y: conv2d(s.at('conv'), silu(s, groupNorm(s, joined, { groups: 3, epsilon: 1e-5 })), { outChannels: 5 }) };
  }, loose),
  graphCase('doubled image into a convolution', (s, g) => ({ y: conv2d(s, upsample(s, g.input('x', image(2, 8, 3, 5))), { outChannels: 7 }) })),
  graphCase('gated feed-forward', (s, g) => {
    const x = g.input('x', tokens(2, 7, 8));
    return { y: add(s, linear(s.at('out'), geglu(s, linear(s.at('in'), layerNorm(s, x), 64)), 8), x) };
  }, loose),
  graphCase('linear layer with quick GELU', (s, g) => ({ y: activation(s, 'quickGelu', linear(s, g.input('x', tokens(1, 19, 12)), 20)) })),
  graphCase('residual around a projection of tokens', (s, g) => {
    const x = g.input('x', image(1, 8, 3, 5));
    return { y: add(s, fromTokens(s, linear(s, toTokens(s, x), 8), 3, 5), x) };
  }),
  graphCase('sum that is read twice', (s, g) => {
    const x = g.input('x', image(1, 4, 3, 3));
    const h = conv2d(s, x, { outChannels: 4 });
    return { y: add(s, h, x), z: silu(s, h) };
  }),
  graphCase('sum of a convolution with itself', (s, g) => {
    const h = conv2d(s, g.input('x', image(1, 4, 3, 3)), { outChannels: 4 });
    return { y: add(s, h, h) };
  }),
  graphCase('shift of a single pixel', (s, g) => {
    const h = conv2d(s, g.input('x', image(2, 4, 1, 1)), { outChannels: 8 });
    return { y: add(s, h, g.input('t', image(2, 8, 1, 1))) };
  }),
  graphCase('spatial transformer with convolutions', (s, g) => ({
    y: spatialTransformer(s, g.input('x', image(2, 8, 3, 5)), g.input('text', tokens(2, 7, 12)), { heads: 2, depth: 1, normGroups: 4, linearProjection: false, attention: new StackSession(createStack()) }),
  }), loose),
  graphCase('spatial transformer with linear layers', (s, g) => ({
    y: spatialTransformer(s, g.input('x', image(1, 8, 4, 4)), g.input('text', tokens(1, 7, 12)), { heads: 1, depth: 2, normGroups: 4, linearProjection: true, attention: new StackSession(createStack()) }),
  }), loose),
  ...accumulationCases,
  ...loraCases,
]; // prettier-ignore
