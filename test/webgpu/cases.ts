import { activation } from '../../kernels/activation/op.ts';
import type { ActivationKind } from '../../kernels/activation/attributes.ts';
import { add, multiply } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import { conv2d, type Conv2dOptions } from '../../kernels/conv2d/op.ts';
import { embedding } from '../../kernels/embedding/op.ts';
import { geglu } from '../../kernels/geglu/op.ts';
import { image, indices, plain, tokens } from '../../kernels/graph/graph.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { fromTokens, toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { pixelUnshuffle } from '../../kernels/pixel-unshuffle/op.ts';
import { averagePool } from '../../kernels/pool/op.ts';
import { reshape } from '../../kernels/reshape/op.ts';
import { selectToken } from '../../kernels/select-token/op.ts';
import { slice } from '../../kernels/slice/op.ts';
import { timestepEmbedding } from '../../kernels/timestep-embedding/op.ts';
import { upsample } from '../../kernels/upsample/op.ts';
import { graphCase, type GraphCase } from './case.ts';

type Sizes = readonly [number, number, number, number];

const activations = (['silu', 'gelu', 'quickGelu', 'relu', 'tanh'] satisfies ActivationKind[]).flatMap((kind) => [
  graphCase(`${kind} of 1x7x5`, (s, g) => ({ y: activation(s, kind, g.input('x', tokens(1, 7, 5))) }), { limits: { x: 12 } }),
  graphCase(`${kind} of 2x4x8`, (s, g) => ({ y: activation(s, kind, g.input('x', tokens(2, 4, 8))) }), { limits: { x: 100 } }),
]);

const binaries = [
  graphCase('add of equal images', (s, g) => ({ y: add(s, g.input('a', image(2, 8, 3, 5)), g.input('b', image(2, 8, 3, 5))) })),
  graphCase('add of a shift a channel', (s, g) => ({ y: add(s, g.input('a', image(2, 8, 3, 5)), g.input('b', image(2, 8, 1, 1))) })),
  graphCase('add of a plane over odd channels', (s, g) => ({
    y: add(s, g.input('a', image(2, 7, 3, 5)), g.input('b', image(2, 1, 3, 5))),
  })),
  graphCase('multiply where both broadcast', (s, g) => ({ y: multiply(s, g.input('a', tokens(3, 1, 5)), g.input('b', tokens(1, 4, 5))) })),
  graphCase('multiply by one number', (s, g) => ({ y: multiply(s, g.input('a', plain(3, 11)), g.input('b', plain(1, 1))) })),
  graphCase('add of a value to itself', (s, g) => {
    const x = g.input('x', tokens(1, 3, 8));
    return { y: add(s, x, x) };
  }),
];

const moves = [
  graphCase('concat of channels', (s, g) => ({ y: concat(s, [g.input('a', image(2, 3, 2, 5)), g.input('b', image(2, 8, 2, 5)), g.input('c', image(2, 1, 2, 5))], 1) })), // prettier-ignore
  graphCase('concat of channels by fours', (s, g) => ({
    y: concat(s, [g.input('a', image(2, 4, 3, 5)), g.input('b', image(2, 8, 3, 5))], 1),
  })),
  graphCase('concat of tokens', (s, g) => ({ y: concat(s, [g.input('a', tokens(2, 3, 7)), g.input('b', tokens(2, 1, 7))], 1) })),
  graphCase('concat of a value with itself', (s, g) => {
    const x = g.input('x', plain(2, 5));
    return { y: concat(s, [x, x], 1) };
  }),
  graphCase('slice of channels', (s, g) => ({ y: slice(s, g.input('a', image(2, 7, 3, 5)), 1, 2, 5) })),
  graphCase('slice of rows', (s, g) => ({ y: slice(s, g.input('a', image(2, 4, 5, 3)), 2, 1, 4) })),
  graphCase('slice of tokens', (s, g) => ({ y: slice(s, g.input('a', tokens(2, 9, 4)), 1, 8, 9) })),
  graphCase('upsample to twice the size', (s, g) => ({ y: upsample(s, g.input('x', image(2, 8, 3, 5))) })),
  graphCase('upsample to an odd size', (s, g) => ({ y: upsample(s, g.input('x', image(1, 3, 3, 5)), { height: 7, width: 11 }) })),
  graphCase('pool of odd sides', (s, g) => ({ y: averagePool(s, g.input('x', image(2, 5, 5, 7))) })),
  graphCase('pool of even sides', (s, g) => ({ y: averagePool(s, g.input('x', image(1, 8, 4, 6))) })),
  graphCase('pixel unshuffle by 2', (s, g) => ({ y: pixelUnshuffle(s, g.input('x', image(2, 3, 4, 6)), 2) })),
  graphCase('pixel unshuffle by 3', (s, g) => ({ y: pixelUnshuffle(s, g.input('x', image(1, 4, 3, 9)), 3) })),
  graphCase('tokens and back', (s, g) => ({ y: fromTokens(s, activation(s, 'relu', toTokens(s, g.input('x', image(2, 5, 3, 7)))), 3, 7) })),
  graphCase('reshape of a vector into an image', (s, g) => ({ y: add(s, g.input('x', image(2, 6, 3, 3)), reshape(s, g.input('t', plain(2, 6)), [2, 6, 1, 1], 'image')) })), // prettier-ignore
  graphCase('reshape of a weight', (s, g) => ({
    y: add(s, reshape(s, g.weight('w', [3, 8]), [1, 3, 8], 'tokens'), g.input('x', tokens(1, 3, 8))),
  })),
  graphCase('an input that is an output', (_, g) => ({ y: g.input('x', image(1, 3, 2, 2)) })),
];

const lookups = [
  graphCase('embedding of odd width', (s, g) => ({ y: embedding(s, g.input('ids', indices(2, 5)), 11, 7) }), { limits: { ids: 11 } }),
  graphCase('embedding by fours', (s, g) => ({ y: embedding(s, g.input('ids', indices(1, 9)), 13, 8) }), { limits: { ids: 13 } }),
  graphCase('positions from a constant', (s, g) => ({
    y: embedding(s, g.constant('ids', indices(1, 4), Int32Array.of(3, 0, 2, 1)), 4, 6),
  })),
  graphCase('select token', (s, g) => ({ y: selectToken(s, g.input('x', tokens(3, 7, 5)), g.input('at', indices(3))) }), {
    limits: { at: 7 },
  }),
  graphCase('timestep embedding', (s, g) => ({ y: timestepEmbedding(s, g.input('t', plain(3)), { width: 32, flipSinToCos: true, frequencyShift: 0 }) }), { limits: { t: 999 } }), // prettier-ignore
  graphCase('timestep embedding, sines first', (s, g) => ({ y: timestepEmbedding(s, g.input('t', plain(1)), { width: 10, flipSinToCos: false, frequencyShift: 1 }) }), { limits: { t: 20 } }), // prettier-ignore
];

const linears = ([[1, 1, 1], [3, 5, 7], [77, 13, 11], [2, 320, 64], [65, 64, 66], [130, 20, 132], [17, 64, 256]] as const).flatMap(([rows, inputs, outputs]) => [
  graphCase(`linear ${rows}x${inputs}x${outputs}`, (s, g) => ({ y: linear(s, g.input('x', tokens(1, rows, inputs)), outputs) })),
  graphCase(`linear ${rows}x${inputs}x${outputs} without bias`, (s, g) => ({ y: linear(s, g.input('x', tokens(1, rows, inputs)), outputs, { bias: false }) })),
]); // prettier-ignore

const convolution = (sizes: Sizes, options: Conv2dOptions) =>
  graphCase(`conv ${sizes.join('x')} ${JSON.stringify(options)}`, (s, g) => ({ y: conv2d(s, g.input('x', image(...sizes)), options) }));

const convolutions = [
  convolution([1, 1, 1, 1], { outChannels: 1 }),
  convolution([2, 4, 5, 7], { outChannels: 6 }),
  convolution([1, 3, 9, 11], { outChannels: 16 }),
  convolution([2, 16, 9, 8], { outChannels: 33 }),
  convolution([1, 16, 9, 8], { outChannels: 8, stride: 2, padding: 1 }),
  convolution([1, 8, 8, 8], { outChannels: 12, stride: 2, padding: [0, 0, 1, 1] }),
  convolution([2, 20, 5, 6], { outChannels: 3, kernel: 1 }),
  convolution([1, 32, 13, 11], { outChannels: 64 }),
  convolution([1, 3, 8, 8], { outChannels: 5, kernel: 4, stride: 4, padding: 0, bias: false }),
  convolution([1, 7, 6, 6], { outChannels: 4, kernel: 2, padding: [1, 0, 0, 1] }),
];

const norms = [
  ...([[1, 4, 1, 1, 2], [2, 8, 3, 5, 4], [1, 6, 7, 5, 3], [2, 64, 5, 5, 32], [1, 32, 64, 33, 2]] as const).map(([n, c, h, w, groups]) =>
    graphCase(`group norm ${[n, c, h, w].join('x')} in ${groups}`, (s, g) => ({ y: groupNorm(s, g.input('x', image(n, c, h, w)), { groups, epsilon: 1e-5 }) }), { tolerance: 5e-6 }),
  ),
  graphCase('group norm far from zero', (s, g) => {
    const x = add(s, g.input('x', image(1, 8, 16, 17)), g.constant('far', image(1, 1, 1, 1), Float32Array.of(3000)));
    return { y: groupNorm(s, x, { groups: 2, epsilon: 1e-5 }) };
  }, { tolerance: 1e-3, needsF32: true }),
  ...([[1, 1, 4], [2, 5, 7], [3, 4, 320], [1, 9, 130]] as const).map(([b, l, c]) =>
    graphCase(`layer norm ${[b, l, c].join('x')}`, (s, g) => ({ y: layerNorm(s, g.input('x', tokens(b, l, c))) }), { tolerance: 5e-6 }),
  ),
  graphCase('geglu of odd width', (s, g) => ({ y: geglu(s, g.input('x', tokens(2, 3, 14))) })),
  graphCase('geglu by fours', (s, g) => ({ y: geglu(s, g.input('x', tokens(2, 5, 16))) })),
]; // prettier-ignore

/** Every operation over sizes with 1, primes and numbers that no tile divides. Attention has a file of its own. */
export const operationCases: readonly GraphCase[] = [
  ...activations,
  ...binaries,
  ...moves,
  ...lookups,
  ...linears,
  ...convolutions,
  ...norms,
];
