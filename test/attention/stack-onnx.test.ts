import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AttentionLayer, AttentionSite } from '../../kernels/attention/stack/layers.ts';
import { onnxBackend } from '../../src-main/engine/backends/onnx/onnx.ts';
import type { WeightStore } from '../../src-main/engine/weights.ts';
import { oracle } from './oracle.ts';
import {
  buildSite,
  capture,
  causal,
  crossSite,
  ipAdapter,
  numbers,
  padding,
  perturbed,
  region,
  relativePosition,
  selfSite,
  siteInputs,
  toyJob,
  toyStack,
} from './toy.ts';

const seed = 20261122;
const backend = onnxBackend({ threads: 1 });
const bases = ['auto', 'onnx-mha', 'onnx-mha-chunked', 'math', 'chunked', 'sliced', 'blocked'];

const weights: WeightStore = {
  locate: (name, shape) => ({ kind: 'memory', values: valuesOf(name, shape) }),
  read: (name, shape) => Promise.resolve(valuesOf(name, shape)),
};

function valuesOf(name: string, shape: readonly number[]): Float32Array {
  return numbers(name, shape.reduce((product, size) => product * size, 1)); // prettier-ignore
}

async function errorOnOnnx(layers: readonly AttentionLayer[], site: AttentionSite, base: string): Promise<number> {
  const stack = toyStack(layers, base);
  const executable = await backend.compile(buildSite(stack, site).graph, weights);
  const { data } = (await executable.run(siteInputs(toyJob(stack)))).get('out')!;
  await executable.dispose();
  const expected = oracle(layers, site).out;
  return Math.max(...expected.map((value, index) => Math.abs(value - data[index]!))) / Math.max(...expected.map(Math.abs));
}

test('ONNX Runtime equals the f64 oracle for every subset of layers on every kernel it has', async () => {
  const layers = fc.shuffledSubarray<AttentionLayer>([
    ipAdapter(0),
    ipAdapter(1),
    region(0),
    region(1, { isolate: true }),
    region(2),
    capture,
  ]);
  const property = fc.asyncProperty(layers, fc.constantFrom(...bases), async (chosen, base) => {
    expect(await errorOnOnnx([padding, ...chosen], crossSite, base)).toBeLessThan(1e-4);
  });
  await fc.assert(property, { seed, numRuns: 40 });
});

test('ONNX Runtime equals the f64 oracle in self-attention with positions, causal masks and perturbation', async () => {
  const layers = fc.shuffledSubarray<AttentionLayer>([relativePosition, causal, perturbed]);
  const property = fc.asyncProperty(layers, fc.constantFrom(...bases), async (chosen, base) => {
    expect(await errorOnOnnx(chosen, selfSite, base)).toBeLessThan(1e-4);
  });
  await fc.assert(property, { seed, numRuns: 30 });
});
