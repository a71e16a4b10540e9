/** A stream of standard normal numbers. Two draws continue one stream, so their order is part of a picture's recipe. */
export interface NoiseSource {
  /** As many values as the shape has elements, row-major. */
  randn(shape: readonly number[]): Float32Array<ArrayBuffer>;
}

/** Number of elements of a shape; 1 for rank 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
