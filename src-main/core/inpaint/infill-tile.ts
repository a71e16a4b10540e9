import { infillColour } from './infill-colour.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { smallRandom } from './small-random.ts';

const tileSides = [32, 16, 8, 4] as const;

/**
 * Fills the holes of each cell of a grid with a whole cell chosen at random from elsewhere in the picture: the largest cells of which
 * any is known in full. Where none is, the mean colour. Equal seeds give equal pictures.
 */
export function infillTile(picture: RgbPicture, hole: Uint8Array, seed: number): RgbPicture {
  for (const side of tileSides) {
    const known = knownTiles(picture, hole, side);
    if (known.length > 0) return fillWith(picture, hole, { known, side, random: smallRandom(seed) });
  }
  return infillColour(picture, hole);
}

/** Corners, as indices of pixels, of the grid's cells that have no hole. */
function knownTiles({ width, height }: RgbPicture, hole: Uint8Array, side: number): number[] {
  const corners: number[] = [];
  for (let top = 0; top + side <= height; top += side)
    for (let left = 0; left + side <= width; left += side) {
      const corner = top * width + left;
      if (isWhole(hole, corner, side, width)) corners.push(corner);
    }
  return corners;
}

function isWhole(hole: Uint8Array, corner: number, side: number, width: number): boolean {
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (hole[corner + y * width + x]) return false;
  return true;
}

interface Tiles {
  readonly known: readonly number[];
  readonly side: number;
  readonly random: () => number;
}

function fillWith(picture: RgbPicture, hole: Uint8Array, { known, side, random }: Tiles): RgbPicture {
  const { width, height } = picture;
  const columns = Math.ceil(width / side);
  const chosen = Array.from({ length: columns * Math.ceil(height / side) }, () => known[Math.floor(random() * known.length)]!);
  const data = new Uint8Array(picture.data);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!hole[at]) continue;
      const corner = chosen[Math.floor(y / side) * columns + Math.floor(x / side)]!;
      const from = 3 * (corner + (y % side) * width + (x % side));
      data.set(picture.data.subarray(from, from + 3), 3 * at);
    }
  return { ...picture, data };
}
