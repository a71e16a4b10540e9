import { describe, expect, test } from 'vitest';
import type { AdapterFacts } from '../device/adapter.ts';
import { deviceClassOf } from '../device/adapter.ts';
import { onnxCpuDevice, onnxCudaDevice, webgpuDevice, type Device } from '../device/device.ts';
import { chooseOp } from './dispatch.ts';
import { noBias, type BiasFacts, type OpInputs } from './inputs.ts';

const matrices = 'chromium-experimental-subgroup-matrix';
const large = { maxStorageBufferBindingSize: 2 ** 32 - 4, maxBufferSize: 2 ** 32 - 4 };
const m3: AdapterFacts = {
  vendor: 'apple',
  architecture: 'metal-3',
  features: ['subgroups', 'shader-f16', matrices],
  limits: large,
  subgroupMatrixConfigs: [{ componentType: 'f32', resultType: 'f32', M: 8, N: 8, K: 8 }],
};
const ampere: AdapterFacts = {
  vendor: 'nvidia',
  architecture: 'ampere',
  features: ['subgroups', 'shader-f16', matrices],
  limits: { maxStorageBufferBindingSize: 2 ** 31 - 4 },
  subgroupMatrixConfigs: [{ componentType: 'f16', resultType: 'f32', M: 16, N: 16, K: 16 }],
};

function inputs({
  queries = 4096,
  keys = 4096,
  heads = 8,
  width = 40,
  batch = 2,
  bias = noBias,
}: Partial<Record<'queries' | 'keys' | 'heads' | 'width' | 'batch', number>> & { bias?: BiasFacts } = {}): OpInputs {
  const operand = (length: number) => ({
    shape: [batch, length, heads, width],
    strides: [length * heads * width, heads * width, width, 1],
    dtype: 'f32' as const,
  });
  return { query: operand(queries), key: operand(keys), value: operand(keys), bias, p: 0 };
}

function chosen(device: Device, facts: OpInputs = inputs()): string {
  return chooseOp(facts, device).op.name;
}

describe('the class of an adapter', () => {
  test.each<[string, AdapterFacts, string]>([
    ['an Apple GPU', { vendor: 'apple', architecture: 'metal-3' }, 'apple'],
    ['an NVIDIA card', { vendor: 'NVIDIA', architecture: 'ampere' }, 'nvidia'],
    ['an AMD card', { vendor: 'amd', architecture: 'rdna-3' }, 'amd'],
    ['an Intel GPU', { vendor: 'intel', architecture: 'xe-2lpg' }, 'intel'],
    ['SwiftShader, whatever its vendor', { vendor: 'google', architecture: 'swiftshader' }, 'software'],
    ['Mesa on the processor', { vendor: 'mesa', description: 'llvmpipe (LLVM 19.1.7, 256 bits)' }, 'software'],
    ['a fallback adapter', { vendor: 'intel', isFallbackAdapter: true }, 'software'],
    ['another GPU', { vendor: 'qualcomm', architecture: 'adreno-7xx' }, 'other'],
  ])('of %s', (_, facts, expected) => {
    expect(deviceClassOf(facts)).toBe(expected);
  });
});

describe('auto', () => {
  test.each<[string, Device, string]>([
    ['Apple with matrices', webgpuDevice(m3), 'subgroup-matrix-flash'],
    ['Apple without matrices', webgpuDevice({ ...m3, features: [], subgroupMatrixConfigs: [] }), 'flash'],
    ['NVIDIA with matrices', webgpuDevice(ampere), 'cooperative-matrix-flash'],
    ['NVIDIA without matrices', webgpuDevice({ vendor: 'nvidia' }), 'flash'],
    ['AMD', webgpuDevice({ vendor: 'amd' }), 'flash'],
    ['Intel', webgpuDevice({ vendor: 'intel' }), 'flash'],
    ['a software renderer', webgpuDevice({ vendor: 'google', architecture: 'swiftshader' }), 'flash'],
    ['the processor', onnxCpuDevice, 'onnx-mha'],
  ])('takes the best op of %s', (_, device, expected) => {
    expect(chosen(device)).toBe(expected);
  });

  test('on Apple goes from matrices to chunks as the head grows beyond what kernels hold in registers', () => {
    expect(chosen(webgpuDevice(m3), inputs({ width: 256, heads: 1, batch: 1 }))).toBe('flash');
    expect(chosen(webgpuDevice(m3), inputs({ width: 512, heads: 1, batch: 1 }))).toBe('chunked');
    expect(chooseOp(inputs({ width: 512, heads: 1, batch: 1 }), webgpuDevice(m3), 'flash').op.name).toBe('flash');
  });

  test('on the processor chunks the queries where a dense bias would be expanded to more than a quarter gigabyte', () => {
    const dense: BiasFacts = { form: 'dense', typeName: "<class 'torch.Tensor'>", tensor: inputs().query };
    expect(chosen(onnxCpuDevice, inputs({ bias: dense }))).toBe('onnx-mha-chunked');
    expect(chosen(onnxCpuDevice, inputs({ bias: { form: 'lowRank', typeName: 'regions', rank: 5 } }))).toBe('onnx-mha');
  });

  test('on CUDA follows the compute capability', () => {
    const half = (facts: OpInputs): OpInputs => ({
      ...facts,
      query: { ...facts.query, dtype: 'f16' },
      key: { ...facts.key, dtype: 'f16' },
      value: { ...facts.value, dtype: 'f16' },
    });
    expect(chosen(onnxCudaDevice([8, 6]), half(inputs()))).toBe('onnx-cuda-flash');
    const { op, rejected } = chooseOp(half(inputs()), onnxCudaDevice([7, 5]));
    expect(op.name).toBe('onnx-cuda-cutlass');
    expect(rejected).toEqual([
      { op: 'onnx-cuda-flash', reasons: ['requires device with capability >= (8, 0) but your GPU has capability (7, 5) (too old)'] },
    ]);
  });

  test('says why each better op was passed over', () => {
    const { rejected } = chooseOp(inputs({ width: 44 }), webgpuDevice({ ...m3, subgroupMatrixConfigs: [] }));
    expect(rejected).toEqual([
      {
        op: 'subgroup-matrix-flash',
        reasons: ['requires a 8x8 subgroup matrix of f32 or f16', 'query.shape[-1] % 8 != 0', 'value.shape[-1] % 8 != 0'],
      },
    ]);
  });
});

test('scores that a device cannot hold are a reason against the plain form', () => {
  expect(() => chooseOp(inputs({ queries: 16384, keys: 16384 }), webgpuDevice(m3), 'math')).toThrow(
    /scores of 4294967296 elements \(at most 2147483647 can be addressed\)/,
  );
  expect(() => chooseOp(inputs({ queries: 8192, keys: 8192 }), webgpuDevice(m3), 'math')).toThrow(/the device binds at most 4294967292/);
});

test('an unknown op is refused with the known ones', () => {
  expect(() => chooseOp(inputs(), onnxCpuDevice, 'xformers' as 'math')).toThrow(/^Unknown operator `xformers`, expected one of: math, /);
});
