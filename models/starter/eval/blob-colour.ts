import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** The pixels of each blob, as indices into the page: in `areas` the first blob has grey level 1, the next one 2, and so on. */
export function blobPixels({ data }: RgbPicture): number[][] {
  const blobs: number[][] = [];
  for (let pixel = 0; pixel < data.length / 3; pixel++) {
    const level = data[3 * pixel]!;
    if (level > 0) (blobs[level - 1] ??= []).push(pixel);
  }
  // A blob that others cover has no pixels.
  return blobs.filter(Boolean);
}

/** The mean colour of some pixels. */
export function meanColour({ data }: RgbPicture, pixels: readonly number[]): Colour {
  const mean = (channel: number) => pixels.reduce((sum, pixel) => sum + data[3 * pixel + channel]!, 0) / pixels.length;
  return [mean(0), mean(1), mean(2)];
}

/** Whether no channel differs by more than `limit` of 255. */
export function isNear(a: Colour, b: Colour, limit: number): boolean {
  return a.every((value, channel) => Math.abs(value - b[channel]!) <= limit);
}
