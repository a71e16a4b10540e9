import type { RgbPicture } from '../rgb-picture.ts';
import { gaussian } from './gaussian.ts';
import { brightness } from './plane.ts';
import { sobel } from './sobel.ts';

export interface NormalOptions {
  /** Standard deviation of the blur before, in pixels. */
  readonly sigma: number;
  /** Height of white over black in pixels. */
  readonly strength: number;
}

/** Normals of brightness read as height: red to the right, green upwards, blue to the viewer; a flat picture is (128, 128, 255). */
export function normal(picture: RgbPicture, { sigma, strength }: NormalOptions): RgbPicture {
  const { width, height } = picture;
  const { right, down } = sobel(gaussian(brightness(picture), sigma));
  const data = new Uint8Array(3 * width * height);
  const slope = strength / (8 * 255);
  for (let i = 0; i < right.length; i++) {
    const x = -right[i]! * slope;
    const y = down[i]! * slope;
    const scale = 1 / Math.sqrt(x * x + y * y + 1);
    data[3 * i] = Math.round(127.5 * (x * scale + 1));
    data[3 * i + 1] = Math.round(127.5 * (y * scale + 1));
    data[3 * i + 2] = Math.round(127.5 * (scale + 1));
  }
  return { width, height, data };
}
