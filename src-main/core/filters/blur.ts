import type { RgbPicture } from '../rgb-picture.ts';
import { gaussian } from './gaussian.ts';
import { channelPlane } from './plane.ts';

export interface BlurOptions {
  /** Standard deviation in pixels. */
  readonly sigma: number;
}

/** Gaussian blur. */
export function blur(picture: RgbPicture, { sigma }: BlurOptions): RgbPicture {
  const { width, height } = picture;
  const data = new Uint8Array(3 * width * height);
  for (const channel of [0, 1, 2]) {
    const blurred = gaussian(channelPlane(picture, channel), sigma).data;
    for (let i = 0; i < blurred.length; i++) data[3 * i + channel] = Math.round(blurred[i]!);
  }
  return { width, height, data };
}
