import { expect, it } from 'vitest';
import { silu } from '../../../kernels/activation/op.ts';
import { conv2d } from '../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { image } from '../../../kernels/graph/graph.ts';
import { floatTensor } from '../../../kernels/tensor.ts';
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
