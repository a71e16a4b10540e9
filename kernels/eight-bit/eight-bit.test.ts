import { expect, test } from 'vitest';
import { conv2d } from '../conv2d/op.ts';
import { GraphBuilder, Scope } from '../graph/builder.ts';
import { image, plain, tokens } from '../graph/graph.ts';
import { linear } from '../linear/op.ts';
import { eightBitWeights, withEightBit } from './pass.ts';
import { quantizeWeight } from './quantize.ts';

test('a weight is rounded for each output, with the inputs in the order of a neighbourhood', () => {
  // Two outputs, two channels, 1x2 taps.
  const weight = Float32Array.of(63, -1, 2, 3.4, 0, 0, -2, 1);
  const { values, scales } = quantizeWeight(weight, [2, 2, 1, 2]);
  expect(scales[0]).toBe(1);
  expect(scales[1]).toBeCloseTo(2 / 63, 7);
  // Rows: tap 0 of channel 0, tap 0 of channel 1, tap 1 of channel 0, tap 1 of channel 1.
  expect([...values]).toEqual([63, 0, 2, -63, -1, 0, 3, 32]);
});

test('an output of zeros keeps a finite scale', () => {
  const { values, scales } = quantizeWeight(new Float32Array(6), [2, 3]);
  expect([...scales]).toEqual([1, 1]);
  expect([...values]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('only large layers with weights of their own are marked', () => {
  const builder = new GraphBuilder();
  const scope = new Scope(builder);
  const picture = builder.input('picture', image(1, 4, 8, 8));
  const first = conv2d(scope.at('conv_in'), picture, { outChannels: 64 });
  const large = conv2d(scope.at('large'), first, { outChannels: 64 });
  const time = linear(scope.at('time'), builder.input('time', plain(2, 64)), 64);
  const words = linear(scope.at('words'), builder.input('words', tokens(1, 77, 64)), 64);
  const graph = withEightBit(builder.build({ large, time, words }));
  const marked = graph.weights.filter(({ id }) => eightBitWeights(graph).has(id));
  expect(marked.map(({ name }) => name)).toEqual(['large.weight', 'words.weight']);
});
