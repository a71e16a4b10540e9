import type { RgbPicture } from '../rgb-picture.ts';
import { gaussian } from './gaussian.ts';
import { brightness, greyPicture } from './plane.ts';

export interface LineArtOptions {
  /** Standard deviation of the inner blur in pixels; the outer one is 1.6 times as wide, near the Laplacian of Marr and Hildreth. */
  readonly sigma: number;
  /** Share of the outer blur that is taken away, at most 1. */
  readonly balance: number;
  /** Slope of the soft threshold. */
  readonly contrast: number;
}

const outer = 1.6;

/** White lines on black where the picture is darker than around it (Winnemöller 2011, XDoG: difference of Gaussians, soft threshold at 0). */
export function lineArt(picture: RgbPicture, { sigma, balance, contrast }: LineArtOptions): RgbPicture {
  const grey = brightness(picture);
  const inner = gaussian(grey, sigma);
  const around = gaussian(grey, outer * sigma);
  const data = inner.data.map((value, i) => {
    const difference = (value - balance * around.data[i]!) / 255;
    return difference >= 0 ? 0 : -255 * Math.tanh(contrast * difference);
  });
  return greyPicture({ ...inner, data });
}
