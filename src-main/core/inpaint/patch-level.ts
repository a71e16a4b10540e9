/** Patches are squares of 2 * radius + 1 pixels. */
export const patchRadius = 3;

/** A picture with holes at one resolution, prepared for the search of patches. */
export interface PatchLevel {
  readonly width: number;
  readonly height: number;
  /** 3 values a pixel; those of the holes change. */
  readonly colours: Float32Array;
  readonly hole: Uint8Array;
  /** Pixels whose patch touches a hole. */
  readonly targets: Int32Array;
  /** Pixels whose patch is whole and known. */
  readonly sources: Int32Array;
  readonly isSource: Uint8Array;
}

type Pixels = Pick<PatchLevel, 'width' | 'height' | 'colours' | 'hole'>;

export function patchLevel(pixels: Pixels): PatchLevel {
  const { width, height, hole } = pixels;
  const isSource = new Uint8Array(hole.length);
  const sources: number[] = [];
  const targets: number[] = [];
  const holesBefore = summedArea(pixels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const top = Math.max(y - patchRadius, 0);
      const left = Math.max(x - patchRadius, 0);
      const bottom = Math.min(y + patchRadius + 1, height);
      const right = Math.min(x + patchRadius + 1, width);
      const sum = (row: number, column: number) => holesBefore[row * (width + 1) + column]!;
      const touches = sum(bottom, right) - sum(top, right) - sum(bottom, left) + sum(top, left) > 0;
      const at = y * width + x;
      if (touches) targets.push(at);
      else if (bottom - top === 2 * patchRadius + 1 && right - left === 2 * patchRadius + 1) {
        isSource[at] = 1;
        sources.push(at);
      }
    }
  return { ...pixels, targets: Int32Array.from(targets), sources: Int32Array.from(sources), isSource };
}

/** Number of hole pixels above and to the left of each corner, (height + 1) x (width + 1). */
function summedArea({ width, height, hole }: Pixels): Float64Array {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += hole[y * width + x] ? 1 : 0;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  return sums;
}

/** Half the size: means of the known ones of each 2 x 2 pixels; a hole where fewer than half are known. */
export function halvePixels({ width, height, colours, hole }: Pixels): Pixels {
  const halfWidth = Math.ceil(width / 2);
  const halfHeight = Math.ceil(height / 2);
  const half = new Float32Array(3 * halfWidth * halfHeight);
  const known = new Uint8Array(halfWidth * halfHeight);
  const all = new Uint8Array(halfWidth * halfHeight);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = (y >> 1) * halfWidth + (x >> 1);
      all[to]!++;
      if (hole[from]) continue;
      known[to]!++;
      for (let c = 0; c < 3; c++) half[3 * to + c]! += colours[3 * from + c]!;
    }
  for (let i = 0; i < known.length; i++) if (known[i]) for (let c = 0; c < 3; c++) half[3 * i + c]! /= known[i]!;
  return { width: halfWidth, height: halfHeight, colours: half, hole: known.map((count, i) => (2 * count < all[i]! ? 1 : 0)) };
}
