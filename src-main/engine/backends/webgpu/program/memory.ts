import type { Value } from '../../../../../kernels/graph/graph.ts';
import { elementCount } from '../../../../../kernels/tensor.ts';
import type { ElementType, Operand, WeightForm, WgslTarget } from '../../../../../kernels/wgsl/emitter.ts';

export const elementBytes: Readonly<Record<ElementType, number>> = { f32: 4, f16: 2, i32: 4 };

/** How a value of the graph is stored. Inputs, outputs of rank-free kind, indices and vectors stay whole; what is large follows the target. */
export function valueType(value: Value, target: WgslTarget): ElementType {
  if (value.dtype === 'i32') return 'i32';
  if (value.kind === 'weight') return value.shape.length <= 1 ? 'f32' : target.storage;
  return value.kind === 'temporary' && value.layout !== 'plain' ? target.storage : 'f32';
}

/** Elements a weight takes in the given order, padding included. */
export function weightElements(shape: readonly number[], form: WeightForm): number {
  if (form === 'stored') return Math.ceil(elementCount(shape) / 4) * 4;
  const out = shape[0] ?? 1;
  return (elementCount(shape) / out) * Math.ceil(out / 4) * 4;
}

/** The name of an operand's memory, before aliases are followed. */
export function operandKey(operand: Operand): string {
  if (operand.kind === 'value') return `value.${operand.value.id}`;
  if (operand.kind === 'weight') return `weight.${operand.form}.${operand.value.name}`;
  if (operand.kind === 'scratch') return `scratch.${operand.id}`;
  return `table.${operand.data.join()}`;
}
