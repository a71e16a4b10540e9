import { canny } from '../../../src-main/core/filters/canny.ts';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';

/** How far an edge may be from a drawn line, in pixels. */
const reach = 3;

/** Edges down to a contrast of about 12 of 255: a cloud on snow has no stronger ones. */
const cannyOptions = { sigma: 1, low: 25, high: 50 };

export interface EdgeShare {
  /** Pixels of the drawn lines once they are one pixel wide. */
  readonly length: number;
  /** How many of them have an edge of the picture near. */
  readonly met: number;
}

/** How much of the length of drawn lines (white on black) is followed by edges of the picture. */
export function edgeShare(lines: RgbPicture, picture: RgbPicture): EdgeShare {
  const { width, height } = picture;
  const line = thinned(lines);
  const edges = canny(picture, cannyOptions).data;
  const isEdge = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && edges[3 * (y * width + x)]! > 0;
  let length = 0;
  let met = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (line[y * width + x] === 0) continue;
      length++;
      if (disc.some(([u, v]) => isEdge(x + u, y + v))) met++;
    }
  return { length, met };
}

const disc: readonly (readonly [number, number])[] = Array.from({ length: (2 * reach + 1) ** 2 }, (_, i) => {
  const side = 2 * reach + 1;
  return [(i % side) - reach, Math.floor(i / side) - reach] as const;
}).filter(([u, v]) => u ** 2 + v ** 2 <= reach ** 2);

/** White lines made one pixel wide: 1 on them, 0 elsewhere (Zhang and Suen 1984). The page's border is left out. */
export function thinned({ width, height, data }: RgbPicture): Uint8Array {
  const line = new Uint8Array(width * height);
  for (let y = 1; y < height - 1; y++) for (let x = 1; x < width - 1; x++) line[y * width + x] = data[3 * (y * width + x)]! >= 128 ? 1 : 0;
  const around = [-width, -width + 1, 1, width + 1, width, width - 1, -1, -width - 1];
  for (let pass = 0, unchanged = 0; unchanged < 2; pass = 1 - pass) {
    const removed: number[] = [];
    for (let at = width; at < line.length - width; at++) {
      if (line[at] === 0) continue;
      const near = around.map((step) => line[at + step]!);
      const count = near.reduce((sum, value) => sum + value, 0);
      const rises = near.filter((value, i) => value === 0 && near[(i + 1) % 8] === 1).length;
      const [north, , east, , south, , west] = near as [number, number, number, number, number, number, number];
      const isEnd =
        pass === 0 ? north * east * south === 0 && east * south * west === 0 : north * east * west === 0 && north * south * west === 0;
      if (count >= 2 && count <= 6 && rises === 1 && isEnd) removed.push(at);
    }
    for (const at of removed) line[at] = 0;
    unchanged = removed.length === 0 ? unchanged + 1 : 0;
  }
  return line;
}
