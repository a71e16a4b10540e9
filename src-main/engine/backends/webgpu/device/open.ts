import { AppError } from '../../../../contract/errors.ts';
import { dawn, type DawnDriver, type SafetyProfile } from './dawn.ts';
import { readFacts, type AdapterFactSheet } from './facts.ts';

export interface OpenOptions {
  readonly driver?: DawnDriver;
  readonly profile?: SafetyProfile;
  /** Part of the adapter's name, where there are several. */
  readonly adapter?: string;
  /** Which kind of GPU comes first where there are several; the fast one unless stated. */
  readonly power?: GPUPowerPreference;
}

/** An open device with what is known about it and what has gone wrong on it. */
export interface OpenDevice {
  readonly gpu: GPUDevice;
  readonly facts: AdapterFactSheet;
  readonly profile: SafetyProfile;
  /** Throws AppError when the device is lost or a kernel has been refused. */
  check(): void;
}

const wanted = ['shader-f16', 'subgroups', 'subgroup-size-control', 'timestamp-query', 'chromium-experimental-subgroup-matrix'];

const limitNames = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const;

/** The adapter that the options name, or null. */
export async function requestAdapter({
  driver = 'default',
  profile = 'fast',
  adapter,
  power = 'high-performance',
}: OpenOptions): Promise<GPUAdapter | null> {
  return dawn(driver, profile, adapter).requestAdapter({ powerPreference: power });
}

/**
 * Opens a GPU with everything it offers: Dawn gives the guaranteed minimum unless asked.
 * @throws AppError `noGpu` when no adapter fits, `gpuFailed` when the device cannot be opened
 */
export async function openDevice(options: OpenOptions = {}): Promise<OpenDevice> {
  const { driver = 'default', profile = 'fast', adapter: name } = options;
  const adapter = await requestAdapter(options);
  if (!adapter) {
    const which = name === undefined ? '' : ` whose name holds "${name}"`;
    throw new AppError('noGpu', `No graphics card${which} that WebGPU can use was found.`, { driver, adapter: name ?? null });
  }
  const facts = readFacts(adapter);
  const gpu = await requestDevice(adapter);
  let failure: AppError | undefined;
  void gpu.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed')
      failure = new AppError('gpuLost', `The graphics card stopped responding: ${firstLine(message)}`, { reason: String(reason) });
  });
  gpu.onuncapturederror = ({ error }) => {
    failure ??= new AppError('gpuFailed', `The graphics card refused a command: ${firstLine(error.message)}`, {
      message: error.message.slice(0, 2000),
    });
  };
  const check = () => {
    if (failure) throw failure;
  };
  return { gpu, facts, profile, check };
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[];
  const requiredLimits = Object.fromEntries(limitNames.map((limit) => [limit, adapter.limits[limit]]));
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch (error) {
    throw new AppError('gpuFailed', `The graphics card could not be opened: ${firstLine(error)}`, {}, error);
  }
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 400);
}
