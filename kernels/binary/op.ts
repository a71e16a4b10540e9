import { GraphError, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import type { BinaryAttributes } from './attributes.ts';
import { binaryOnnx } from './onnx.ts';
import { binaryReference } from './reference.ts';
import { binaryWgsl } from './wgsl.ts';

/** Element-wise arithmetic of two values of equal rank, where sizes of 1 broadcast; layout is that of the first input. */
export const binaryOperation = defineOperation<BinaryAttributes>({
  name: 'binary',
  infer: inferBinary,
  reference: binaryReference,
  onnx: binaryOnnx,
  wgsl: binaryWgsl,
});

export function add(scope: Scope, a: Value, b: Value): Value {
  return scope.node(binaryOperation, [a, b], { kind: 'add' }, 'add');
}

export function multiply(scope: Scope, a: Value, b: Value): Value {
  return scope.node(binaryOperation, [a, b], { kind: 'multiply' }, 'multiply');
}

function inferBinary([a, b]: readonly ValueType[]): ValueType[] {
  const shape = a!.shape.map((size, axis) => Math.max(size, b!.shape[axis] ?? 0));
  const fits = (value: ValueType) => value.shape.every((size, axis) => size === shape[axis] || size === 1);
  if (a!.shape.length !== b!.shape.length || !fits(a!) || !fits(b!)) {
    throw new GraphError(`shapes [${a!.shape.join(', ')}] and [${b!.shape.join(', ')}] do not broadcast`);
  }
  return [{ ...a!, shape }];
}
