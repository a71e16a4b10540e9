/** What a WebGPU adapter says about itself, as plain data, so that tests can make up any computer. */
export interface AdapterFacts {
  /** `GPUAdapterInfo.vendor`: "apple", "nvidia", "amd", "intel" … in any case. */
  readonly vendor: string;
  /** `GPUAdapterInfo.architecture`: "metal-3", "ampere", "swiftshader" … */
  readonly architecture?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
  readonly features?: readonly string[];
  readonly limits?: {
    readonly maxStorageBufferBindingSize?: number;
    readonly maxBufferSize?: number;
    readonly maxComputeWorkgroupStorageSize?: number;
  };
  /** `GPUAdapterInfo.subgroupMatrixConfigs` of Dawn: sizes of one matrix step and the types it multiplies and accumulates in. */
  readonly subgroupMatrixConfigs?: readonly SubgroupMatrixConfig[];
}

export interface SubgroupMatrixConfig {
  readonly componentType: 'f32' | 'f16' | 'u8' | 'i8';
  readonly resultType: 'f32' | 'f16' | 'u32' | 'i32';
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

export type DeviceClass = 'apple' | 'nvidia' | 'amd' | 'intel' | 'other' | 'software' | 'cpu' | 'cuda';

const softwareNames = ['swiftshader', 'llvmpipe', 'lavapipe', 'warp', 'microsoft basic render'];
const vendorNames: readonly (readonly [DeviceClass, readonly string[]])[] = [
  ['apple', ['apple', '0x106b']],
  ['nvidia', ['nvidia', '0x10de']],
  ['amd', ['amd', 'ati', 'advanced micro devices', '0x1002', '0x1022']],
  ['intel', ['intel', '0x8086']],
];

/** The class of a GPU adapter. A software renderer is `software` whatever vendor it names. */
export function deviceClassOf(facts: AdapterFacts): DeviceClass {
  const words = [facts.vendor, facts.architecture ?? '', facts.description ?? ''].join(' ').toLowerCase();
  if (facts.isFallbackAdapter === true || softwareNames.some((name) => words.includes(name))) return 'software';
  const vendor = facts.vendor.toLowerCase();
  const match = vendorNames.find(([, names]) => names.some((name) => vendor === name || vendor.startsWith(`${name} `)));
  return match?.[0] ?? 'other';
}
