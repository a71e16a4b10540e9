import type { DeviceClass } from '../device/adapter.ts';
import type { Device } from '../device/device.ts';
import { NotImplementedError, ValueError } from '../errors.ts';
import { describeInputs, type OpInputs } from './inputs.ts';
import { opNames, type AttentionOp, type OpName } from './op.ts';
import { attentionOps } from './table.ts';

/** Ops in the order of preference, per class of device. */
export const priorities: Readonly<Record<DeviceClass, readonly OpName[]>> = {
  apple: ['subgroup-matrix-flash', 'flash', 'chunked', 'sliced', 'math'],
  nvidia: ['cooperative-matrix-flash', 'flash', 'memory-efficient', 'chunked', 'math'],
  amd: ['cooperative-matrix-flash', 'flash', 'memory-efficient', 'chunked', 'math'],
  intel: ['cooperative-matrix-flash', 'flash', 'chunked', 'math'],
  other: ['flash', 'chunked', 'sliced', 'math'],
  software: ['flash', 'chunked', 'math'],
  cpu: ['onnx-mha', 'onnx-mha-chunked', 'flash', 'memory-efficient', 'chunked', 'sliced', 'math'],
  cuda: ['onnx-cuda-flash', 'onnx-cuda-cutlass', 'chunked', 'math'],
};

export interface Rejection {
  readonly op: OpName;
  readonly reasons: readonly string[];
}

export interface Choice {
  readonly op: AttentionOp;
  /** Ops of higher priority, each with what kept it from serving. Empty when the op was forced. */
  readonly rejected: readonly Rejection[];
}

/**
 * The op that serves the inputs on the device: the first of the device's list that can, or the forced one.
 * Throws NotImplementedError when none can and ValueError when the forced one cannot, in xformers' words with all reasons.
 */
export function chooseOp(inputs: OpInputs, device: Device, op: OpName | 'auto' = 'auto'): Choice {
  if (op !== 'auto') return { op: forcedOp(inputs, device, op), rejected: [] };
  const rejected: Rejection[] = [];
  for (const name of priorities[device.class]) {
    const candidate = attentionOps[name];
    const reasons = [...candidate.notSupportedReasons(inputs, device), ...(candidate.avoidedReasons?.(inputs, device) ?? [])];
    if (reasons.length === 0) return { op: candidate, rejected };
    rejected.push({ op: name, reasons });
  }
  const listing = rejected.map((rejection) => `\n${formatReasons(rejection)}`).join('');
  throw new NotImplementedError(
    `No operator found for \`memory_efficient_attention_forward\` with inputs:\n${describeInputs(inputs)}${listing}`,
  );
}

/** Whether a text names an op. */
export function isOpName(name: string): name is OpName {
  return (opNames as readonly string[]).includes(name);
}

function forcedOp(inputs: OpInputs, device: Device, name: OpName): AttentionOp {
  if (!isOpName(name)) throw new ValueError(`Unknown operator \`${String(name)}\`, expected one of: ${opNames.join(', ')}`);
  const op = attentionOps[name];
  const reasons = op.notSupportedReasons(inputs, device);
  if (reasons.length === 0) return op;
  throw new ValueError(
    `Operator \`memory_efficient_attention\` does not support inputs:\n${describeInputs(inputs)}\n${formatReasons({ op: name, reasons })}`,
  );
}

function formatReasons({ op, reasons }: Rejection): string {
  return `\`${op}\` is not supported because:\n    ${reasons.join('\n    ')}`;
}
