import { totalmem } from 'node:os';
import type { WgslTarget } from '../../../../../kernels/wgsl/emitter.ts';
import type { DeviceMemory } from '../../backend.ts';
import type { AdapterFactSheet } from './facts.ts';

/** Of the memory that an Apple computer's processor and GPU share, what one process may keep on the GPU: Metal's recommended working set. */
const sharedPart = 0.65;

/**
 * A GPU's memory as plans see it. WebGPU says what one buffer may be, and nothing of how much memory there is: where the GPU has its own, only an
 * allocation that fails tells, and the job is then drawn again with less.
 */
export function gpuMemory({ vendor, limits }: AdapterFactSheet, { storage, scoreBytes }: WgslTarget): DeviceMemory {
  const bytes = storage === 'f16' ? 2 : 4;
  return {
    base: 0,
    weight: bytes,
    value: bytes,
    workFactor: 1,
    scores: scoreBytes,
    staging: 2 ** 28,
    largestValue: limits.maxStorageBufferBindingSize,
    largestSum: limits.maxBufferSize,
    limit: vendor.toLowerCase() === 'apple' ? totalmem() * sharedPart : Infinity,
  };
}
