import type { Value } from '../graph/graph.ts';

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly graph: Uint8Array };

export interface OnnxNodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: 'com.microsoft';
  /** Number of outputs; 1 unless stated. */
  readonly outputs?: number;
}

/**
 * What an operation sees while it is lowered to ONNX: names of its values, and a way to append nodes and small constants.
 * Image values are NCHW and token values [B, S, C] there, so the logical shape is the stored shape.
 */
export interface OnnxEmitter {
  /** ONNX name of a graph value, defined earlier. */
  name(value: Value): string;
  /** The 8-bit form of the weight of a node that is marked `eightBit`: s8 values [inputs, outputs] and f32 scales [outputs]. */
  eightBit(weight: Value): { readonly values: string; readonly scales: string };
  /** Appends a node and returns the name of its first output. Empty input names stand for absent optional inputs. */
  node(type: string, inputs: readonly string[], options?: OnnxNodeOptions): string;
  /** The same with all outputs. */
  nodes(type: string, inputs: readonly string[], options: OnnxNodeOptions): string[];
  /** What `compute` appends runs only where a number is not 0; otherwise the result is zeros of that shape. */
  unlessZero(number: string, shape: readonly number[], compute: () => string): string;
  /** Binds an ONNX name to a graph value of the node being lowered. */
  define(value: Value, name: string): void;
  /** A constant of f32 values. */
  floats(shape: readonly number[], values: ArrayLike<number>): string;
  /** A constant of int64 values, 1-D: shapes, axes, indices. */
  integers(values: readonly number[]): string;
  /** Reshapes to a static shape. */
  reshape(input: string, shape: readonly number[]): string;
}
