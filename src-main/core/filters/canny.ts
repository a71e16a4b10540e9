import type { RgbPicture } from '../rgb-picture.ts';
import { greyPicture, type Plane } from './plane.ts';
import { colourGradient, gradientLength, type Gradient } from './sobel.ts';

export interface CannyOptions {
  /** Standard deviation of the blur before, in pixels. */
  readonly sigma: number;
  /** Lengths of the Sobel gradient of a colour (0 to 255): an edge of at least `high` counts, one of at least `low` where it continues one. */
  readonly low: number;
  readonly high: number;
}

/** Thin white lines where colours change (Canny 1986: blur, gradient, thinning, hysteresis). */
export function canny(picture: RgbPicture, options: CannyOptions): RgbPicture {
  return greyPicture(edges(colourGradient(picture, options.sigma), options));
}

/** 255 on the ridges of a gradient, 0 elsewhere. */
export function edges(gradient: Gradient, { low, high }: Pick<CannyOptions, 'low' | 'high'>): Plane {
  const { width, height } = gradient;
  const length = gradientLength(gradient);
  const isRidge = ridges(gradient, length);
  const data = new Float32Array(length.length);
  const open: number[] = [];
  for (let i = 0; i < length.length; i++) if (isRidge[i] && length[i]! > 0 && length[i]! >= high) open.push(i);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (data[at] === 255) continue;
    data[at] = 255;
    const x = at % width;
    const y = (at - x) / width;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++)
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
        const next = v * width + u;
        if (data[next] === 0 && isRidge[next] && length[next]! > 0 && length[next]! >= low) open.push(next);
      }
  }
  return { width, height, data };
}

/** Tangents of 22.5° and 67.5°: where one of four directions begins and the next ends. */
const flat = Math.SQRT2 - 1;
const steep = Math.SQRT2 + 1;

/** 1 where the gradient is longest among its neighbours along itself; of two equal ones the first counts. */
function ridges({ width, height, right, down }: Gradient, length: Float32Array): Uint8Array {
  const isRidge = new Uint8Array(length.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const ratio = Math.abs(down[at]!) / Math.abs(right[at]!);
      const dx = ratio > steep ? 0 : 1;
      const dy = ratio < flat ? 0 : ratio > steep || right[at]! * down[at]! > 0 ? 1 : -1;
      const read = (u: number, v: number) => (u < 0 || v < 0 || u >= width || v >= height ? 0 : length[v * width + u]!);
      if (length[at]! > read(x - dx, y - dy) && length[at]! >= read(x + dx, y + dy)) isRidge[at] = 1;
    }
  return isRidge;
}
