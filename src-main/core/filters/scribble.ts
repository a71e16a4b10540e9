import { distanceToMask } from '../inpaint/distance.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { edges } from './canny.ts';
import { greyPicture } from './plane.ts';
import { colourGradient } from './sobel.ts';

export interface ScribbleOptions {
  /** Standard deviation of the blur before, in pixels: how much detail is left out. */
  readonly sigma: number;
  /** Length of the Sobel gradient from which an edge is drawn; it goes on down to half of that. */
  readonly threshold: number;
  /** Of the lines, in pixels. */
  readonly width: number;
}

/** White lines of even width along the edges of the blurred picture. */
export function scribble(picture: RgbPicture, { sigma, threshold, width }: ScribbleOptions): RgbPicture {
  const lines = edges(colourGradient(picture, sigma), { low: threshold / 2, high: threshold });
  const distance = distanceToMask({ ...lines, data: lines.data.map((value) => value / 255) });
  return greyPicture({ ...lines, data: distance.map((value) => (value <= (width - 1) / 2 ? 255 : 0)) });
}
