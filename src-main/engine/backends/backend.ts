import type { Graph } from '../../../kernels/graph/graph.ts';
import type { Tensor } from '../../../kernels/tensor.ts';
import type { WeightStore } from '../weights.ts';

export type TensorMap = ReadonlyMap<string, Tensor>;

/** A graph ready to run on one device. */
export interface Executable {
  /** Runs once. Throws AppError when an input is missing or the device fails. The results belong to the caller. */
  run(inputs: TensorMap): Promise<Map<string, Tensor>>;
  /** Gives the device's memory back. */
  dispose(): Promise<void>;
}

/** What networks take of a device's memory, for plans made before anything is loaded. All in bytes. */
export interface DeviceMemory {
  /** What is held with nothing loaded. */
  readonly base: number;
  /** Of a value of a weight, and of one that is computed. */
  readonly weight: number;
  readonly value: number;
  /** What a run takes, as a multiple of the values that are alive. */
  readonly workFactor: number;
  /** Most that the scores of an attention take which is computed in chunks, as the VAE's is; 0 where the values cover it. */
  readonly scores: number;
  /** Of a file's weights, most that is held twice while they are loaded. */
  readonly staging: number;
  /** Of one computed value, and of all at once. */
  readonly largestValue: number;
  readonly largestSum: number;
  /** What a job may take where the user set no limit. */
  readonly limit: number;
}

/** Executes graphs: the only door to ONNX Runtime, WebGPU and the reference loops. */
export interface Backend {
  readonly name: 'reference' | 'onnx' | 'webgpu';
  /** In words for the user. */
  readonly device: string;
  /** Of the library or driver that computes. */
  readonly version: string;
  /** Of a device with memory of its own; absent where networks lie in this process. */
  readonly memory?: DeviceMemory;
  compile(graph: Graph, weights: WeightStore): Promise<Executable>;
}
