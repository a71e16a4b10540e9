import type { Attributes, NodeOf, ValueType } from './graph/graph.ts';
import type { OnnxEmitter } from './onnx/emitter.ts';
import type { Tensor } from './tensor.ts';
import type { WgslEmitter } from './wgsl/emitter.ts';

/**
 * Everything there is to know about one operation. The folder of the operation holds a file for each part; back ends look
 * operations up by name in `operations.ts` and have no switch of their own.
 */
export interface Operation<A extends Attributes = Attributes> {
  readonly name: string;
  /** Types of the outputs. Throws GraphError with what was expected and found when the inputs do not fit. */
  readonly infer: (inputs: readonly ValueType[], attributes: A) => readonly ValueType[];
  /** Plain loops in f32 storage with f64 accumulation: the oracle the other lowerings are checked against. */
  readonly reference: (inputs: readonly Tensor[], attributes: A, outputs: readonly ValueType[]) => readonly Tensor[];
  /** Appends ONNX nodes that compute the node's outputs. */
  readonly onnx: (node: NodeOf<A>, emit: OnnxEmitter) => void;
  /** Appends WGSL launches that compute the node's outputs. */
  readonly wgsl: (node: NodeOf<A>, emit: WgslEmitter) => void;
}

/** The operation itself: ties the types of all its parts to one kind of attributes. */
export function defineOperation<A extends Attributes>(operation: Operation<A>): Operation<A> {
  return operation;
}
