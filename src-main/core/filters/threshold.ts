import type { RgbPicture } from '../rgb-picture.ts';
import { brightness, greyPicture } from './plane.ts';

export interface ThresholdOptions {
  /** Brightness from which a pixel is white. */
  readonly level: number;
}

/** Black below a brightness, white from it on. */
export function threshold(picture: RgbPicture, { level }: ThresholdOptions): RgbPicture {
  const grey = brightness(picture);
  // Weights of three equal colours add up to a hair less than 1 in float32.
  return greyPicture({ ...grey, data: grey.data.map((value) => (value >= level - 1e-3 ? 255 : 0)) });
}
