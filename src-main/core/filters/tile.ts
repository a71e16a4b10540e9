import type { RgbPicture } from '../rgb-picture.ts';
import { squareMeans } from './squares.ts';

export interface TileOptions {
  /** How many times smaller, in whole numbers. */
  readonly factor: number;
}

/** The picture made smaller by means and large again by bilinear interpolation: what a tile control model adds detail to. */
export function tile(picture: RgbPicture, { factor }: TileOptions): RgbPicture {
  const { width, height } = picture;
  const side = Math.round(factor);
  const { columns, rows, means } = squareMeans(picture, side);
  const across = interpolation(width, side, columns);
  const down = interpolation(height, side, rows);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) {
        const read = (row: number, column: number) => means[3 * (row * columns + column) + c]!;
        const column = across.first[x]!;
        const row = down.first[y]!;
        const nextColumn = Math.min(column + 1, columns - 1);
        const nextRow = Math.min(row + 1, rows - 1);
        const upper = read(row, column) + across.share[x]! * (read(row, nextColumn) - read(row, column));
        const lower = read(nextRow, column) + across.share[x]! * (read(nextRow, nextColumn) - read(nextRow, column));
        data[3 * (y * width + x) + c] = Math.round(upper + down.share[y]! * (lower - upper));
      }
  return { width, height, data };
}

/** For each pixel the small one before it, and how far it lies towards the next. */
function interpolation(length: number, side: number, count: number) {
  const first = new Int32Array(length);
  const share = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const place = Math.min(Math.max((i + 0.5) / side - 0.5, 0), count - 1);
    first[i] = Math.floor(place);
    share[i] = place - Math.floor(place);
  }
  return { first, share };
}
