import { webgpuDevice, type Device } from '../../../../../kernels/attention/device/device.ts';
import { deviceClassOf, type SubgroupMatrixConfig } from '../../../../../kernels/attention/device/adapter.ts';
import type { MatrixShape, WgslTarget } from '../../../../../kernels/wgsl/emitter.ts';

/** What an adapter offers, as plain data: everything choices depend on. */
export interface AdapterFactSheet {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Names the driver and its version. */
  readonly description: string;
  readonly isFallbackAdapter: boolean;
  readonly features: readonly string[];
  readonly subgroupSizes: readonly [number, number];
  readonly matrixConfigs: readonly SubgroupMatrixConfig[];
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxStorageBuffersPerShaderStage: number;
  };
}

/** As Dawn 2026-10 names it; the specification is not finished. */
type DawnMatrixConfig = Omit<SubgroupMatrixConfig, 'resultType'> & { readonly resultComponentType: SubgroupMatrixConfig['resultType'] };

export function readFacts(adapter: GPUAdapter): AdapterFactSheet {
  const info = adapter.info as GPUAdapterInfo & { readonly subgroupMatrixConfigs?: readonly DawnMatrixConfig[] };
  const { limits } = adapter;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    isFallbackAdapter: info.isFallbackAdapter,
    features: [...adapter.features].toSorted(),
    subgroupSizes: [info.subgroupMinSize ?? 0, info.subgroupMaxSize ?? 0],
    matrixConfigs: (info.subgroupMatrixConfigs ?? []).map(({ resultComponentType: resultType, componentType, M, N, K }) => ({
      componentType,
      resultType,
      M,
      N,
      K,
    })),
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  };
}

/** The device as the attention stack sees it, for choosing a base operation and saying why another cannot serve. */
export function attentionDevice(facts: AdapterFactSheet): Device {
  const { vendor, architecture, description, isFallbackAdapter, features, limits, matrixConfigs } = facts;
  return webgpuDevice({ vendor, architecture, description, isFallbackAdapter, features, limits, subgroupMatrixConfigs: matrixConfigs });
}

/** Whether the processor only plays a graphics card. */
export function isSoftware(facts: AdapterFactSheet): boolean {
  return deviceClassOf(facts) === 'software';
}

export interface TargetChoice {
  /** f32 keeps every number in full; f16 halves memory where the device has it. */
  readonly storage?: 'f32' | 'f16' | 'auto';
  readonly useMatrix?: boolean;
}

/** What the kernels are written for on a device of these facts. */
export function targetOf(facts: AdapterFactSheet, { storage = 'auto', useMatrix = true }: TargetChoice = {}): WgslTarget {
  const hasHalf = facts.features.includes('shader-f16');
  const chosen = storage === 'f32' || !hasHalf ? 'f32' : 'f16';
  const matrix = useMatrix ? chooseMatrix(facts) : undefined;
  // Matrices of f16 would round what is to be kept in full.
  const keepsStorage = matrix?.component === 'f32' || chosen === 'f16';
  return {
    storage: chosen,
    workgroupBytes: facts.limits.maxComputeWorkgroupStorageSize,
    maxInvocations: facts.limits.maxComputeInvocationsPerWorkgroup,
    scoreBytes: Math.min(2 ** 28, facts.limits.maxStorageBufferBindingSize),
    ...(matrix && keepsStorage && { matrix }),
  };
}

/**
 * The matrix step to use: sums in f32 always. f16 components with f32 sums where the driver has them (Vulkan), f32 ones otherwise (Metal):
 * sums in f16 lose one to two percent at the depths of these models. Only one subgroup size can be pinned, so both ends must agree.
 */
function chooseMatrix({ features, matrixConfigs, subgroupSizes }: AdapterFactSheet): MatrixShape | undefined {
  const needed = ['chromium-experimental-subgroup-matrix', 'subgroups', 'subgroup-size-control', 'shader-f16'];
  if (!needed.every((feature) => features.includes(feature))) return undefined;
  const usable = matrixConfigs.filter(
    ({ componentType, resultType, M, N, K }) =>
      resultType === 'f32' &&
      (componentType === 'f16' || componentType === 'f32') &&
      M === N &&
      (M === 8 || M === 16) &&
      (K === 8 || K === 16),
  );
  const best = usable.toSorted((a, b) => Number(b.componentType === 'f16') - Number(a.componentType === 'f16') || b.M - a.M)[0];
  if (!best) return undefined;
  return { component: best.componentType as 'f16' | 'f32', m: best.M, n: best.N, k: best.K, subgroupSize: subgroupSizes[1] };
}
