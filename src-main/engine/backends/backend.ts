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

/** Executes graphs: the only door to ONNX Runtime, WebGPU and the reference loops. */
export interface Backend {
  readonly name: 'reference' | 'onnx' | 'webgpu';
  /** In words for the user. */
  readonly device: string;
  /** Of the library or driver that computes. */
  readonly version: string;
  compile(graph: Graph, weights: WeightStore): Promise<Executable>;
}
