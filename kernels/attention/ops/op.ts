import type { Device } from '../device/device.ts';
import type { OpInputs, ProblemSize } from './inputs.ts';
import type { AllocationMeter } from './meter.ts';
import type { AttentionProblem } from './problem.ts';

/** Names of the base operations, as `--attention` and a stack's `base` take them. */
export const opNames = [
  'math',
  'sliced',
  'chunked',
  'blocked',
  'flash',
  'memory-efficient',
  'subgroup-matrix-flash',
  'cooperative-matrix-flash',
  'onnx-mha',
  'onnx-mha-chunked',
  'onnx-cuda-flash',
  'onnx-cuda-cutlass',
] as const;

export type OpName = (typeof opNames)[number];

/** One way to compute attention. All give the same numbers within rounding; they differ in memory and in the device they need. */
export interface AttentionOp {
  readonly name: OpName;
  /** Why the op cannot serve these inputs on this device; empty when it can. */
  notSupportedReasons(inputs: OpInputs, device: Device): string[];
  /** Why `auto` had better take another op although this one could serve. */
  avoidedReasons?(inputs: OpInputs, device: Device): string[];
  /** Runs the op's algorithm on the reference back end. */
  apply(problem: AttentionProblem, meter: AllocationMeter): void;
  /** Bytes of score storage the op needs on its device, besides inputs and output. */
  scoreBytes(size: ProblemSize, device: Device): number;
}
