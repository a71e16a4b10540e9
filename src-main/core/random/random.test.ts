import { expect, test } from 'vitest';
import { PhiloxGenerator } from './philox.ts';
import { seedSequenceState } from './seed-sequence.ts';
import { TorchGenerator } from './torch-generator.ts';

const single = (values: readonly number[]): number[] => values.map(Math.fround);

test.each([
  { seed: 0, first: [-1.12583983, -1.1523602, -0.25057858, -0.43387881, 0.84871036, 0.69200915] },
  { seed: 42, first: [1.92691529, 1.48728406, 0.9007172, -2.10552096] },
])('the torch generator gives the bits of torch.randn((1, 4, 64, 64)) for seed $seed', ({ seed, first }) => {
  const values = new TorchGenerator(seed).randn([1, 4, 64, 64]);
  expect([...values.slice(0, first.length)]).toEqual(single(first));
});

test('the last value of a larger latent has the bits of torch', () => {
  expect(new TorchGenerator(1234567890).randn([1, 4, 128, 128]).at(-1)).toBe(Math.fround(-1.49687266));
});

test('small draws share pairs across calls', () => {
  const generator = new TorchGenerator(0);
  expect([...generator.randn([3])]).toEqual(single([1.54099607, -0.2934289, -2.17878938]));
  expect([...generator.randn([3])]).toEqual(single([0.56843126, -1.08452237, -1.39859545]));
});

test('the torch generator uses the low 32 bits of the seed', () => {
  expect(new TorchGenerator(2n ** 40n + 12345n).randn([20])).toEqual(new TorchGenerator(12345).randn([20]));
});

test('seed 0 is a seed like any other', () => {
  expect(new TorchGenerator(0).randn([16])).toEqual(new TorchGenerator(0n).randn([16]));
  expect(new TorchGenerator(0).randn([16])).not.toEqual(new TorchGenerator(1).randn([16]));
});

test('a batch continues the stream of its first picture when that fills whole blocks', () => {
  const batch = new TorchGenerator(7).randn([2, 4, 4, 4]);
  const generator = new TorchGenerator(7);
  expect(batch).toEqual(Float32Array.of(...generator.randn([1, 4, 4, 4]), ...generator.randn([1, 4, 4, 4])));
});

test('the Philox generator gives the numbers of a CUDA generator', () => {
  const expected = [
    -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709, -1.07454231, -0.36314407,
    -1.67105067, 2.26550497,
  ];
  const values = new PhiloxGenerator(0).randn([12]);
  expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
});

test('a second draw of the Philox generator differs, and the upper half of the seed counts', () => {
  const generator = new PhiloxGenerator(3);
  expect(generator.randn([4])).not.toEqual(generator.randn([4]));
  expect(new PhiloxGenerator(3n + 2n ** 32n).randn([4])).not.toEqual(new PhiloxGenerator(3).randn([4]));
});

test.each([
  { options: { entropy: 0n, poolSize: 24 }, state: [4025752534, 2687548107, 2326983537, 1576567101] },
  { options: { entropy: 0n, poolSize: 24, spawnKey: [0, 0] }, state: [245430115, 3436620678, 4120055464, 1627243804] },
])('the seed sequence of $options.spawnKey gives the state of numpy', ({ options, state }) => {
  expect([...seedSequenceState(options, 4)]).toEqual(state);
});
