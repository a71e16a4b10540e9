import type { RgbPicture } from '../rgb-picture.ts';

/** White becomes black: for drawings on paper. */
export function invert({ width, height, data }: RgbPicture): RgbPicture {
  return { width, height, data: Uint8Array.from(data, (value) => 255 - value) };
}
