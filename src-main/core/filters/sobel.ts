import type { RgbPicture } from '../rgb-picture.ts';
import { gaussian } from './gaussian.ts';
import { channelPlane, type Plane } from './plane.ts';

/** Change of a plane to the right and downwards, by the 3 x 3 Sobel operator: a step of 1 a pixel gives 8. */
export interface Gradient {
  readonly width: number;
  readonly height: number;
  readonly right: Float32Array;
  readonly down: Float32Array;
}

/** Beyond the edge the picture repeats its border. */
export function sobel({ width, height, data }: Plane): Gradient {
  const right = new Float32Array(data.length);
  const down = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - 1, 0) * width;
    const own = y * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const before = Math.max(x - 1, 0);
      const after = Math.min(x + 1, width - 1);
      const topLeft = data[above + before]!;
      const topRight = data[above + after]!;
      const bottomLeft = data[below + before]!;
      const bottomRight = data[below + after]!;
      right[own + x] = topRight - topLeft + 2 * (data[own + after]! - data[own + before]!) + bottomRight - bottomLeft;
      down[own + x] = bottomLeft - topLeft + 2 * (data[below + x]! - data[above + x]!) + bottomRight - topRight;
    }
  }
  return { width, height, right, down };
}

/** Length of the gradient at each pixel. */
export function gradientLength({ right, down }: Gradient): Float32Array {
  return right.map((value, i) => Math.sqrt(value * value + down[i]! * down[i]!));
}

/**
 * The gradient of a blurred picture: at each pixel that of the colour in which it is longest, so that colours of equal brightness have
 * edges too.
 */
export function colourGradient(picture: RgbPicture, sigma: number): Gradient {
  const [first, ...others] = [0, 1, 2].map((channel) => sobel(gaussian(channelPlane(picture, channel), sigma)));
  const { right, down } = first!;
  for (const other of others)
    for (let i = 0; i < right.length; i++) {
      const x = other.right[i]!;
      const y = other.down[i]!;
      if (x * x + y * y <= right[i]! * right[i]! + down[i]! * down[i]!) continue;
      right[i] = x;
      down[i] = y;
    }
  return first!;
}
