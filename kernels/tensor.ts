/** A dense row-major array of numbers: what the reference interpreter computes with and what back ends take and give. */
export interface Tensor<D extends TensorData = TensorData> {
  readonly shape: readonly number[];
  readonly data: D;
}

export type TensorData = Float32Array | Int32Array;
export type FloatTensor = Tensor<Float32Array>;

/** Number of elements of a shape; 1 for rank 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A float tensor over `data`, or zeros. Throws RangeError when the length does not fit the shape. */
export function floatTensor(shape: readonly number[], data?: Float32Array): FloatTensor {
  const count = elementCount(shape);
  if (data && data.length !== count) {
    throw new RangeError(`tensor of shape [${shape.join(', ')}]: expected ${count} values, got ${data.length}`);
  }
  return { shape, data: data ?? new Float32Array(count) };
}

/** An index tensor over `data`. Throws RangeError when the length does not fit the shape. */
export function indexTensor(shape: readonly number[], data: Int32Array): Tensor<Int32Array> {
  const count = elementCount(shape);
  if (data.length !== count) {
    throw new RangeError(`tensor of shape [${shape.join(', ')}]: expected ${count} values, got ${data.length}`);
  }
  return { shape, data };
}
