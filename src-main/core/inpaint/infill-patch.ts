import { infillBlur } from './infill-blur.ts';
import { copyCentres, improvePatches, paintHoles, randomPatches, refinePatches, type NearestPatches } from './patch-match.ts';
import { halvePixels, patchLevel, type PatchLevel } from './patch-level.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { smallRandom } from './small-random.ts';

/** The pyramid ends where a side would fall below this. */
const smallestSide = 24;
/** Above this long side patches are only carried over, not searched. */
const largestSearch = 400;
const sweeps = 4;

/**
 * Fills the holes with pieces of the known part that fit their surroundings: a search for the nearest patches from coarse to fine
 * (Wexler et al. 2007 with PatchMatch, Barnes et al. 2009). Where no patch is known in full, the smooth filling.
 */
export function infillPatch(picture: RgbPicture, hole: Uint8Array, seed: number): RgbPicture {
  const smooth = infillBlur(picture, hole);
  const random = smallRandom(seed);
  let patches: NearestPatches | undefined;
  let above: PatchLevel | undefined;
  for (const level of pyramid(smooth, hole)) {
    if (level.sources.length === 0) continue;
    if (above) spread(above, level);
    patches = above && patches ? refinePatches(level, patches, above.width, random) : randomPatches(level, random);
    search(level, patches, random);
    above = level;
  }
  if (!above || above.hole.length !== hole.length) return smooth;
  const data = new Uint8Array(picture.data);
  for (let i = 0; i < hole.length; i++) if (hole[i]) for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round(above.colours[3 * i + c]!);
  return { ...picture, data };
}

/** From coarse to fine. */
function pyramid({ width, height, data }: RgbPicture, hole: Uint8Array): PatchLevel[] {
  let pixels: Pick<PatchLevel, 'width' | 'height' | 'colours' | 'hole'> = { width, height, colours: Float32Array.from(data), hole };
  const levels = [patchLevel(pixels)];
  while (Math.min(pixels.width, pixels.height) >= 2 * smallestSide) {
    const half = halvePixels(pixels);
    if (!half.hole.some((value) => value !== 0)) break;
    // What a hole looks like before its first search is the smooth filling.
    const filled = infillBlur({ width: half.width, height: half.height, data: Uint8Array.from(half.colours, Math.round) }, half.hole);
    pixels = { ...half, colours: half.colours.map((value, i) => (half.hole[Math.floor(i / 3)] ? filled.data[i]! : value)) };
    levels.push(patchLevel(pixels));
  }
  return levels.reverse();
}

/** Starts a level's holes with what the coarser level found. */
function spread(coarse: PatchLevel, { width, colours, hole }: PatchLevel): void {
  for (let i = 0; i < hole.length; i++) {
    if (!hole[i]) continue;
    const from = (Math.floor(i / width) >> 1) * coarse.width + ((i % width) >> 1);
    for (let c = 0; c < 3; c++) colours[3 * i + c] = coarse.colours[3 * from + c]!;
  }
}

function search(level: PatchLevel, patches: NearestPatches, random: () => number): void {
  if (Math.max(level.width, level.height) > largestSearch) return copyCentres(level, patches);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    improvePatches(level, patches, sweep % 2 === 0, random);
    paintHoles(level, patches);
  }
}
