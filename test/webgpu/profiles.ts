import type { WgslTarget } from '../../kernels/wgsl/emitter.ts';

const common = { maxInvocations: 256, scoreBytes: 2 ** 28 };

/** What the kernels are written for on the devices we mean to run on, within the limits of the null back end. */
export const vendorTargets: Readonly<Record<string, WgslTarget>> = {
  'any device, f32': { ...common, storage: 'f32', workgroupBytes: 16_384 },
  'any device, f16': { ...common, storage: 'f16', workgroupBytes: 16_384 },
  'Apple, f32 matrices': { ...common, storage: 'f16', workgroupBytes: 16_384, matrix: { component: 'f32', m: 8, n: 8, k: 8, subgroupSize: 32 } },
  'NVIDIA and AMD, f16 matrices': { ...common, storage: 'f16', workgroupBytes: 16_384, matrix: { component: 'f16', m: 16, n: 16, k: 16, subgroupSize: 32 } },
  'Intel Xe2, f16 matrices': { ...common, storage: 'f16', workgroupBytes: 16_384, matrix: { component: 'f16', m: 8, n: 16, k: 16, subgroupSize: 32 } },
  'Lavapipe, f16 matrices': { ...common, storage: 'f16', workgroupBytes: 16_384, matrix: { component: 'f16', m: 8, n: 8, k: 8, subgroupSize: 32 } },
}; // prettier-ignore
