import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import type { SceneThing } from './lists.ts';

/** The blob in the thing's own frame, as `render_blobs` draws it. */
const oval = { y: 0.05, width: 0.62, height: 0.7 };

export type Colour = readonly [red: number, green: number, blue: number];

/** The pixels of a thing's blob, as indices into a page of `side` x `side`. */
export function blobPixels({ x, y, radius, tilt }: Pick<SceneThing, 'x' | 'y' | 'radius' | 'tilt'>, side: number): number[] {
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  const pixels: number[] = [];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [dx, dy] = [(column + 0.5) / side - x, (row + 0.5) / side - y];
      const across = (cos * dx + sin * dy) / radius / oval.width;
      const along = ((cos * dy - sin * dx) / radius - oval.y) / oval.height;
      if (across ** 2 + along ** 2 <= 1) pixels.push(row * side + column);
    }
  return pixels;
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
