/** A [rows, inner] times b [inner, columns], summed in f64. */
export function multiplyMatrices(a: Float32Array, b: Float32Array, inner: number): Float32Array<ArrayBuffer> {
  const rows = a.length / inner;
  const columns = b.length / inner;
  const product = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k]!;
      if (factor === 0) continue;
      const from = k * columns;
      for (let column = 0; column < columns; column++) sums[column]! += factor * b[from + column]!;
    }
    product.set(sums, row * columns);
  }
  return product;
}

/** [rows, columns] as [columns, rows]. */
export function transposeMatrix(a: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  const columns = a.length / rows;
  const result = new Float32Array(a.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = a[row * columns + column]!;
  return result;
}

/**
 * Tucker product: out[o, i, tap] = sum over m and n of left[o, m] core[m, n, tap] right[n, i].
 * @param sizes of the core [m, n, taps]
 */
export function tuckerProduct(
  left: Float32Array,
  core: Float32Array,
  right: Float32Array,
  [m, n, taps]: readonly [number, number, number],
): Float32Array<ArrayBuffer> {
  const inputs = right.length / n;
  const inner = new Float32Array(m * inputs * taps);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < n; b++)
      for (let tap = 0; tap < taps; tap++) {
        const factor = core[(a * n + b) * taps + tap]!;
        for (let i = 0; i < inputs; i++) inner[(a * inputs + i) * taps + tap]! += factor * right[b * inputs + i]!;
      }
  return multiplyMatrices(left, inner, m);
}

/**
 * Kronecker product of a [rows, columns] matrix with a kernel [r, c, taps], as PyTorch's kron with unit dimensions appended.
 * @param sizes rows and columns of `a`, rows of `b` and its taps
 */
export function kroneckerProduct(
  a: Float32Array,
  b: Float32Array,
  sizes: { readonly rows: number; readonly columns: number; readonly innerRows: number; readonly taps: number },
): Float32Array<ArrayBuffer> {
  const { rows, columns, innerRows, taps } = sizes;
  const inner = b.length / innerRows;
  const innerColumns = inner / taps;
  const result = new Float32Array(a.length * b.length);
  for (let row = 0; row < rows; row++)
    for (let r = 0; r < innerRows; r++)
      for (let column = 0; column < columns; column++) {
        const factor = a[row * columns + column]!;
        const to = ((row * innerRows + r) * columns + column) * innerColumns * taps;
        for (let i = 0; i < inner; i++) result[to + i] = factor * b[r * inner + i]!;
      }
  return result;
}
