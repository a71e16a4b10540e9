import type { RgbPicture } from '../rgb-picture.ts';

/** Mean colours of the squares of a grid; those at the right and lower edge may be cut. Values are not rounded. */
export interface Squares {
  readonly columns: number;
  readonly rows: number;
  readonly means: Float64Array;
}

export function squareMeans({ width, height, data }: RgbPicture, side: number): Squares {
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  const means = new Float64Array(3 * columns * rows);
  const counts = new Uint32Array(columns * rows);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const square = Math.floor(y / side) * columns + Math.floor(x / side);
      counts[square]!++;
      for (let c = 0; c < 3; c++) means[3 * square + c]! += data[3 * (y * width + x) + c]!;
    }
  return { columns, rows, means: means.map((sum, i) => sum / counts[Math.floor(i / 3)]!) };
}
