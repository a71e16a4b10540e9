import type { RgbPicture } from '../rgb-picture.ts';

/** Seen where nothing is known at all: mid grey. */
const unknown = 128;

/** Fills the holes with the mean colour of what is known. `hole` has one value a pixel: other than 0 to fill. */
export function infillColour(picture: RgbPicture, hole: Uint8Array): RgbPicture {
  const sums = [0, 0, 0];
  let known = 0;
  for (let i = 0; i < hole.length; i++) {
    if (hole[i]) continue;
    known++;
    for (let c = 0; c < 3; c++) sums[c]! += picture.data[3 * i + c]!;
  }
  const mean = sums.map((sum) => (known === 0 ? unknown : Math.round(sum / known)));
  const data = new Uint8Array(picture.data);
  for (let i = 0; i < hole.length; i++) if (hole[i]) data.set(mean, 3 * i);
  return { ...picture, data };
}
