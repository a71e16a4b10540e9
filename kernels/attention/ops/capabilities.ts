import type { Device } from '../device/device.ts';
import type { DeviceClass } from '../device/adapter.ts';
import { torchName, tuple, type FloatType } from '../strided/tensor.ts';
import type { BiasForm, OpInputs } from './inputs.ts';

/** What an op can do, as data; `capabilityReasons` turns it into xformers' words. */
export interface Capabilities {
  readonly backends: readonly Device['backend'][];
  readonly classes?: readonly DeviceClass[];
  readonly features?: readonly string[];
  readonly dtypes: readonly FloatType[];
  readonly biasForms: readonly BiasForm[];
  /** Largest of the widths of a query and a value row. */
  readonly maxWidth: number;
  readonly dropout: boolean;
  readonly valueWidthMayDiffer: boolean;
  readonly minComputeCapability?: readonly [number, number];
}

const f16Feature = 'shader-f16';

/** Reasons in the order of xformers' fmha/common.py: shape, device, what the device lacks, type, bias, dropout. */
export function capabilityReasons(op: Capabilities, { query, key, value, bias, p }: OpInputs, device: Device): string[] {
  const reasons: string[] = [];
  const width = Math.max(query.shape.at(-1)!, value.shape.at(-1)!);
  if (width > op.maxWidth) reasons.push(`max(query.shape[-1], value.shape[-1]) > ${op.maxWidth}`);
  if (!op.valueWidthMayDiffer && query.shape.at(-1) !== value.shape.at(-1)) reasons.push('query.shape[-1] != value.shape[-1]');
  if (op.classes && !op.classes.includes(device.class)) reasons.push(`device=${device.class} (supported: ${set(op.classes)})`);
  if (!op.backends.includes(device.backend)) {
    reasons.push(`back end=${device.backend} (supported: ${set(op.backends)})`);
  }
  for (const feature of op.features ?? []) {
    if (device.backend === 'webgpu' && !device.features.includes(feature)) reasons.push(`requires the device feature '${feature}'`);
  }
  if (op.minComputeCapability && device.computeCapability && below(device.computeCapability, op.minComputeCapability)) {
    reasons.push(
      `requires device with capability >= ${tuple(op.minComputeCapability)} but your GPU has capability ` +
        `${tuple(device.computeCapability)} (too old)`,
    );
  }
  const dtypes = op.dtypes.filter((dtype) => device.backend !== 'webgpu' || dtype !== 'f16' || device.features.includes(f16Feature));
  if (!dtypes.includes(query.dtype)) reasons.push(`dtype=${torchName(query.dtype)} (supported: ${set(dtypes.map(torchName), '')})`);
  if (!op.biasForms.includes(bias.form)) reasons.push(`attn_bias type is ${bias.typeName}`);
  if (p > 0 && !op.dropout) reasons.push('dropout > 0.0');
  for (const [name, { strides, shape }] of [
    ['query', query],
    ['key', key],
    ['value', value],
  ] as const) {
    if (shape.at(-1)! > 1 && strides.at(-1) !== 1) {
      reasons.push(`${name}.stride(-1) > 1 (${name}.stride() = ${tuple(strides)}) - you should call \`.contiguous()\` on the input`);
    }
  }
  return reasons;
}

function below(found: readonly [number, number], needed: readonly [number, number]): boolean {
  return found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1]);
}

/** A set as Python prints it. */
function set(names: readonly string[], quote = "'"): string {
  return names.length === 0 ? 'set()' : `{${names.map((name) => quote + name + quote).join(', ')}}`;
}

/** The reason an op has to give up when its scores do not fit the device, or nothing. */
export function scoreLimitReasons(bytes: number, device: Device): string[] {
  // MPS and Vulkan address score tensors with 32 bits: from 2^31 elements on results are wrong, not only slow.
  const elements = bytes / 4;
  if (elements >= 2 ** 31) return [`scores of ${elements} elements (at most 2147483647 can be addressed)`];
  if (bytes > device.maxBindingBytes) return [`scores of ${bytes} bytes (the device binds at most ${device.maxBindingBytes})`];
  return [];
}
