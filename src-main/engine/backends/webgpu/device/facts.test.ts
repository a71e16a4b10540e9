import { expect, it } from 'vitest';
import { isSoftware, targetOf, type AdapterFactSheet } from './facts.ts';

const limits = {
  maxBufferSize: 2 ** 32,
  maxStorageBufferBindingSize: 2 ** 31,
  maxComputeWorkgroupStorageSize: 32_768,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxStorageBuffersPerShaderStage: 10,
};
const everything = ['chromium-experimental-subgroup-matrix', 'shader-f16', 'subgroup-size-control', 'subgroups'];
const apple: AdapterFactSheet = {
  vendor: 'apple',
  architecture: 'metal-3',
  device: '',
  description: 'Metal driver on macOS Version 15.0',
  isFallbackAdapter: false,
  features: everything,
  subgroupSizes: [32, 32],
  matrixConfigs: [
    { componentType: 'f16', resultType: 'f16', M: 8, N: 8, K: 8 },
    { componentType: 'f32', resultType: 'f32', M: 8, N: 8, K: 8 },
  ],
  limits,
};
const nvidia: AdapterFactSheet = {
  ...apple,
  vendor: 'nvidia',
  matrixConfigs: [
    { componentType: 'f16', resultType: 'f16', M: 16, N: 16, K: 16 },
    { componentType: 'f16', resultType: 'f32', M: 16, N: 16, K: 16 },
  ],
};

it('never sums in f16: Metal multiplies f32 matrices, Vulkan f16 ones with f32 sums', () => {
  expect(targetOf(apple).matrix).toEqual({ component: 'f32', m: 8, n: 8, k: 8, subgroupSize: 32 });
  expect(targetOf(nvidia).matrix).toEqual({ component: 'f16', m: 16, n: 16, k: 16, subgroupSize: 32 });
});

it('keeps f32 whole: matrices of f16 are not used for it', () => {
  expect(targetOf(nvidia, { storage: 'f32' })).toMatchObject({ storage: 'f32' });
  expect(targetOf(nvidia, { storage: 'f32' }).matrix).toBeUndefined();
  expect(targetOf(apple, { storage: 'f32' }).matrix?.component).toBe('f32');
});

it('stores f32 where the device has no f16, and uses no matrix units there', () => {
  const target = targetOf({ ...nvidia, features: ['subgroups'] });
  expect(target.storage).toBe('f32');
  expect(target.matrix).toBeUndefined();
});

it('knows a software adapter by its mark and by its name', () => {
  expect(isSoftware(apple)).toBe(false);
  expect(isSoftware({ ...apple, isFallbackAdapter: true })).toBe(true);
  expect(isSoftware({ ...apple, vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 19.1.7)' })).toBe(true);
});
