import type { RgbPicture } from '../rgb-picture.ts';

/** One value a pixel, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Brightness from 0 to 255 (luma of ITU-R BT.601). */
export function brightness({ width, height, data }: RgbPicture): Plane {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!;
  return { width, height, data: grey };
}

/** A grey picture; values are rounded and limited to 0 to 255. */
export function greyPicture({ width, height, data }: Plane): RgbPicture {
  const rgb = new Uint8Array(3 * data.length);
  for (let i = 0; i < data.length; i++) rgb.fill(Math.min(Math.max(Math.round(data[i]!), 0), 255), 3 * i, 3 * i + 3);
  return { width, height, data: rgb };
}

/** One colour of a picture: 0 red, 1 green, 2 blue. */
export function channelPlane({ width, height, data }: RgbPicture, channel: number): Plane {
  return { width, height, data: Float32Array.from({ length: width * height }, (_, i) => data[3 * i + channel]!) };
}
