import type { RgbPicture } from '../rgb-picture.ts';
import { greyPicture } from './plane.ts';

export interface DepthGradientOptions {
  /** Where near lies, in degrees clockwise from the right: 90 is below. */
  readonly angle: number;
  /** Brightness of the corners or edges that are farthest and nearest. */
  readonly far: number;
  readonly near: number;
}

/** An even slope of brightness over a frame of the picture's size: a depth map of a plane. The picture itself does not matter. */
export function depthGradient({ width, height }: RgbPicture, { angle, far, near }: DepthGradientOptions): RgbPicture {
  const across = Math.cos((angle * Math.PI) / 180);
  const down = Math.sin((angle * Math.PI) / 180);
  const reach = Math.max(((width - 1) * Math.abs(across) + (height - 1) * Math.abs(down)) / 2, 1e-9);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const along = ((x - (width - 1) / 2) * across + (y - (height - 1) / 2) * down) / reach;
      data[y * width + x] = far + ((near - far) * (along + 1)) / 2;
    }
  return greyPicture({ width, height, data });
}
