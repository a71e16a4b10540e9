import { elementCount } from '../../tensor.ts';
import { referenceDevice, type Device } from '../device/device.ts';
import { ValueError } from '../errors.ts';
import { bfloat16Bits, fromBfloat16Bits } from './half.ts';

export type FloatType = 'f32' | 'f16' | 'bf16';

/** Storage of each type; bf16 is kept as its upper 16 bits. */
export type StridedData = Float32Array | Float16Array | Uint16Array;

/**
 * A view of numbers with a stride in elements for each dimension, as in torch: slices, transposes and broadcasts are views of
 * the same storage. `device` says where the tensor is meant to live; the storage itself is always host memory.
 */
export interface StridedTensor {
  readonly dtype: FloatType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly data: StridedData;
  readonly device: Device;
}

const torchNames = { f32: 'torch.float32', f16: 'torch.float16', bf16: 'torch.bfloat16' } as const;

/** Name of the type in the error messages of the field. */
export function torchName(dtype: FloatType): string {
  return torchNames[dtype];
}

/** Row-major strides of a shape. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

export interface TensorOptions {
  readonly dtype?: FloatType;
  readonly device?: Device;
}

/** Zeros of a shape. */
export function zeros(shape: readonly number[], { dtype = 'f32', device = referenceDevice }: TensorOptions = {}): StridedTensor {
  const count = elementCount(shape);
  const data = dtype === 'f32' ? new Float32Array(count) : dtype === 'f16' ? new Float16Array(count) : new Uint16Array(count);
  return { dtype, shape, strides: contiguousStrides(shape), offset: 0, data, device };
}

/** A tensor of the given values in row-major order. A Float32Array or Float16Array of the right type is used without a copy. */
export function tensor(shape: readonly number[], values: ArrayLike<number>, options: TensorOptions = {}): StridedTensor {
  if (values.length !== elementCount(shape)) {
    throw new ValueError(`shape ${tuple(shape)} is invalid for input of size ${values.length}`);
  }
  const dtype = options.dtype ?? 'f32';
  const device = options.device ?? referenceDevice;
  const isStorage = dtype === 'f32' ? values instanceof Float32Array : dtype === 'f16' && values instanceof Float16Array;
  if (isStorage) return { dtype, shape, strides: contiguousStrides(shape), offset: 0, data: values as StridedData, device };
  const result = zeros(shape, { dtype, device });
  for (let index = 0; index < values.length; index++) writeElement(result, index, values[index]!);
  return result;
}

/** The number at a storage position (not an index of the shape). */
export function readElement(source: StridedTensor, position: number): number {
  const raw = source.data[position]!;
  return source.dtype === 'bf16' ? fromBfloat16Bits(raw) : raw;
}

/** Stores a number, rounded to the tensor's type, at a storage position. */
export function writeElement(target: StridedTensor, position: number, value: number): void {
  target.data[position] = target.dtype === 'bf16' ? bfloat16Bits(value) : value;
}

/** Exchanges two dimensions without a copy. */
export function transpose(source: StridedTensor, first: number, second: number): StridedTensor {
  const order = source.shape.map((_, axis) => axis);
  const a = first < 0 ? first + order.length : first;
  const b = second < 0 ? second + order.length : second;
  order[a] = b;
  order[b] = a;
  return permute(source, order);
}

/** Reorders the dimensions without a copy. */
export function permute(source: StridedTensor, order: readonly number[]): StridedTensor {
  return { ...source, shape: order.map((axis) => source.shape[axis]!), strides: order.map((axis) => source.strides[axis]!) };
}

/** The part [start, start + length) of a dimension, without a copy. */
export function narrow(source: StridedTensor, axis: number, start: number, length: number): StridedTensor {
  const dimension = axis < 0 ? axis + source.shape.length : axis;
  const size = source.shape[dimension]!;
  if (start < 0 || length < 0 || start + length > size) {
    throw new ValueError(`start (${start}) + length (${length}) exceeds dimension size (${size}).`);
  }
  return {
    ...source,
    offset: source.offset + start * source.strides[dimension]!,
    shape: source.shape.map((extent, index) => (index === dimension ? length : extent)),
  };
}

/** One position of a dimension, which disappears, without a copy. */
export function select(source: StridedTensor, axis: number, index: number): StridedTensor {
  const dimension = axis < 0 ? axis + source.shape.length : axis;
  const view = narrow(source, dimension, index, 1);
  return { ...view, shape: view.shape.toSpliced(dimension, 1), strides: view.strides.toSpliced(dimension, 1) };
}

/** Inserts a dimension of size 1. */
export function unsqueeze(source: StridedTensor, axis: number): StridedTensor {
  return { ...source, shape: source.shape.toSpliced(axis, 0, 1), strides: source.strides.toSpliced(axis, 0, 0) };
}

/** Repeats dimensions of size 1 by a stride of 0, aligned at the right. Throws ValueError when a dimension does not fit. */
export function expand(source: StridedTensor, shape: readonly number[]): StridedTensor {
  const added = shape.length - source.shape.length;
  const strides = shape.map((size, axis) => {
    if (axis < added) return 0;
    const own = source.shape[axis - added]!;
    if (own !== size && own !== 1) {
      throw new ValueError(`The expanded size of the tensor (${size}) must match the existing size (${own}) at dimension ${axis}.`);
    }
    return own === size ? source.strides[axis - added]! : 0;
  });
  if (added < 0) throw new ValueError(`a tensor of shape ${tuple(source.shape)} cannot be expanded to ${tuple(shape)}`);
  return { ...source, shape, strides };
}

/** Another shape of the same elements: a view of a row-major tensor, else a copy. */
export function reshape(source: StridedTensor, shape: readonly number[]): StridedTensor {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const full = shape.map((size) => (size === -1 ? (known === 0 ? 0 : elementCount(source.shape) / known) : size));
  if (elementCount(full) !== elementCount(source.shape)) {
    throw new ValueError(`shape ${tuple(shape)} is invalid for input of size ${elementCount(source.shape)}`);
  }
  const packed = contiguous(source);
  return { ...packed, shape: full, strides: contiguousStrides(full) };
}

export function isContiguous(source: StridedTensor): boolean {
  const strides = contiguousStrides(source.shape);
  return source.shape.every((size, axis) => size === 1 || source.strides[axis] === strides[axis]);
}

/** The tensor itself when it is row-major already, else a row-major copy. */
export function contiguous(source: StridedTensor): StridedTensor {
  if (isContiguous(source)) return source;
  const result = zeros(source.shape, { dtype: source.dtype, device: source.device });
  let index = 0;
  forEachPosition(source, (position) => {
    result.data[index++] = source.data[position]!;
  });
  return result;
}

/** Joins tensors along a dimension into a new one. */
export function concatenate(parts: readonly StridedTensor[], axis: number): StridedTensor {
  const [first] = parts;
  if (!first) throw new ValueError('expected a non-empty list of tensors');
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const result = zeros(first.shape.with(axis, total), { dtype: first.dtype, device: first.device });
  let start = 0;
  for (const part of parts) {
    const target = narrow(result, axis, start, part.shape[axis]!);
    const positions: number[] = [];
    forEachPosition(target, (position) => positions.push(position));
    let index = 0;
    forEachPosition(part, (position) => writeElement(result, positions[index++]!, readElement(part, position)));
    start += part.shape[axis]!;
  }
  return result;
}

/** The elements in row-major order as f32. */
export function toFloat32(source: StridedTensor): Float32Array {
  const values = new Float32Array(elementCount(source.shape));
  let index = 0;
  forEachPosition(source, (position) => {
    values[index++] = readElement(source, position);
  });
  return values;
}

/** A copy of another type. */
export function cast(source: StridedTensor, dtype: FloatType): StridedTensor {
  return tensor(source.shape, toFloat32(source), { dtype, device: source.device });
}

/** Storage positions at every index of these dimensions, the first slowest, and at 0 of the others. */
export function cornersOf({ shape, strides, offset }: StridedTensor, axes: readonly number[]): number[] {
  return axes.reduce(
    (corners, axis) => corners.flatMap((corner) => Array.from({ length: shape[axis]! }, (_, index) => corner + index * strides[axis]!)),
    [offset],
  );
}

/** Visits storage positions in row-major order of the shape. */
export function forEachPosition(source: StridedTensor, visit: (position: number) => void): void {
  const { shape, strides } = source;
  const walk = (axis: number, position: number): void => {
    if (axis === shape.length) return visit(position);
    const stride = strides[axis]!;
    for (let index = 0; index < shape[axis]!; index++) walk(axis + 1, position + index * stride);
  };
  walk(0, source.offset);
}

/** A shape as Python prints a tuple. */
export function tuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}
