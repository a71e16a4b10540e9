import { expect, it } from 'vitest';
import { silu } from '../../../kernels/activation/op.ts';
import { conv2d } from '../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { eightBitWeights, withEightBit } from '../../../kernels/eight-bit/pass.ts';
import { image, tokens } from '../../../kernels/graph/graph.ts';
import { linear } from '../../../kernels/linear/op.ts';
import { elementCount, floatTensor } from '../../../kernels/tensor.ts';
import type { WeightStore } from '../weights.ts';
import type { Backend } from './backend.ts';
import { onnxBackend } from './onnx/onnx.ts';
import { referenceBackend } from './reference/reference.ts';

const wave = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
const values = (shape: readonly number[]): Float32Array => wave(shape.reduce((product, size) => product * size, 1));
const weights: WeightStore = {
  locate: (_, shape) => ({ kind: 'memory', values: values(shape) }),
  read: (_, shape) => Promise.resolve(values(shape)),
};

/** A convolution with an activation on `backend`. */
async function convolve(backend: Backend): Promise<readonly number[]> {
  const builder = new GraphBuilder();
  const y = silu(new Scope(builder), conv2d(new Scope(builder), builder.input('x', image(1, 3, 5, 7)), { outChannels: 4 }));
  const executable = await backend.compile(builder.build({ y }), weights);
  const outputs = await executable.run(new Map([['x', floatTensor([1, 3, 5, 7], wave(105))]]));
  await executable.dispose();
  return [...outputs.get('y')!.data];
}

it('gives the same numbers from ONNX Runtime as from the reference loops', async () => {
  const expected = await convolve(referenceBackend);
  const got = await convolve(onnxBackend());
  expect(got).toHaveLength(expected.length);
  expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
});

/** A convolution and a linear layer in 8 bits on `backend`, of whole numbers that 8 bits hold exactly. */
async function multiply(backend: Backend, stride: number, padding: readonly [number, number, number, number], kernel: number) {
  const builder = new GraphBuilder();
  const scope = new Scope(builder);
  const options = { outChannels: 66, kernel, stride, padding, bias: kernel === 3 };
  const convolved = conv2d(scope.at('conv'), builder.input('x', image(2, 65, 17, 15)), options);
  const projected = linear(scope.at('linear'), builder.input('tokens', tokens(2, 33, 67)), 65);
  const graph = withEightBit(builder.build({ convolved, projected }));
  expect(eightBitWeights(graph).size).toBe(2);
  const executable = await backend.compile(graph, wholeWeights);
  const outputs = await executable.run(new Map([['x', bytes([2, 65, 17, 15])], ['tokens', bytes([2, 33, 67])]])); // prettier-ignore
  await executable.dispose();
  return ['convolved', 'projected'].map((name) => [...outputs.get(name)!.data]);
}

const bytes = (shape: readonly number[]) => floatTensor(shape, wave(elementCount(shape)).map((value, i) => (i === 0 ? 255 : Math.floor(Math.abs(value) * 255)))); // prettier-ignore
const whole = (shape: readonly number[]) => {
  const row = elementCount(shape) / shape[0]!;
  return wave(elementCount(shape)).map((value, i) => (i % row === 0 ? 63 : Math.round(value * 63)));
};
const wholeWeights: WeightStore = {
  locate: (_, shape) => ({ kind: 'memory', values: whole(shape) }),
  read: (_, shape) => Promise.resolve(whole(shape)),
};

it.each([
  [1, [1, 1, 1, 1], 3],
  [2, [0, 0, 1, 1], 3],
  [2, [1, 1, 1, 1], 3],
  [1, [0, 0, 0, 0], 1],
] as const)('multiplies in 8 bits what 8 bits hold exactly: stride %i, padding %j, kernel %i', async (stride, padding, kernel) => {
  const expected = await multiply(referenceBackend, stride, padding, kernel);
  expect(await multiply(onnxBackend(), stride, padding, kernel)).toEqual(expected);
});
