import { deviceClassOf, type AdapterFacts, type DeviceClass, type SubgroupMatrixConfig } from './adapter.ts';

/** Where an attention runs: enough to choose an op and to say why another one cannot serve. */
export interface Device {
  /** Tells devices apart; tensors of two ids do not mix. */
  readonly id: string;
  readonly class: DeviceClass;
  readonly backend: 'reference' | 'onnx' | 'webgpu';
  readonly features: readonly string[];
  /** Largest buffer one kernel may bind, in bytes. */
  readonly maxBindingBytes: number;
  readonly maxWorkgroupBytes: number;
  readonly matrixConfigs: readonly SubgroupMatrixConfig[];
  /** CUDA only: major and minor. */
  readonly computeCapability?: readonly [number, number];
}

/** The interpreter in this process. Every op has a form that runs here. */
export const referenceDevice: Device = {
  id: 'cpu',
  class: 'cpu',
  backend: 'reference',
  features: [],
  maxBindingBytes: 2 ** 32 - 4,
  maxWorkgroupBytes: Infinity,
  matrixConfigs: [],
};

/** ONNX Runtime on the processor. */
export const onnxCpuDevice: Device = { ...referenceDevice, id: 'onnx-cpu', backend: 'onnx', maxBindingBytes: Number.MAX_SAFE_INTEGER };

/** ONNX Runtime on an NVIDIA card of the given compute capability. */
export function onnxCudaDevice(computeCapability: readonly [number, number]): Device {
  return { ...onnxCpuDevice, id: 'cuda:0', class: 'cuda', computeCapability };
}

/** WebGPU's guaranteed limits, used where an adapter states none. */
const guaranteed = { maxStorageBufferBindingSize: 134_217_728, maxComputeWorkgroupStorageSize: 16_384 };

/** The device of a WebGPU adapter. */
export function webgpuDevice(facts: AdapterFacts, id = `webgpu:${facts.vendor}`): Device {
  const limits = { ...guaranteed, ...facts.limits };
  return {
    id,
    class: deviceClassOf(facts),
    backend: 'webgpu',
    features: facts.features ?? [],
    maxBindingBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize ?? Infinity),
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
    matrixConfigs: facts.subgroupMatrixConfigs ?? [],
  };
}
