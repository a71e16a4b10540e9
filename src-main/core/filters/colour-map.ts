import type { RgbPicture } from '../rgb-picture.ts';
import { squareMeans } from './squares.ts';

export interface ColourMapOptions {
  /** Side of a square in whole pixels. */
  readonly size: number;
}

/** One flat colour for each square: its mean. */
export function colourMap(picture: RgbPicture, { size }: ColourMapOptions): RgbPicture {
  const { width, height } = picture;
  const side = Math.round(size);
  const { columns, means } = squareMeans(picture, side);
  const colours = Uint8Array.from(means, Math.round);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const square = 3 * (Math.floor(y / side) * columns + Math.floor(x / side));
      data.set(colours.subarray(square, square + 3), 3 * (y * width + x));
    }
  return { width, height, data };
}
