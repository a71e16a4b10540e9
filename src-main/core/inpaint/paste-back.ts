import type { RegionMask } from '../regions/mask.ts';
import type { RgbPicture } from '../rgb-picture.ts';

/**
 * Lays what was drawn over the source picture: untouched bytes where the mask is 0, drawn ones where it is one half or more, a linear
 * cross-fade between. The inner half of a fade is drawn in full, since what was redrawn for so long no longer lies on the source.
 * All three have the same size.
 */
export function pasteBack(source: RgbPicture, drawn: RgbPicture, mask: RegionMask): RgbPicture {
  const data = new Uint8Array(source.data);
  for (let i = 0; i < mask.data.length; i++) {
    const share = Math.min(2 * mask.data[i]!, 1);
    if (share === 0) continue;
    for (let at = 3 * i; at < 3 * i + 3; at++) data[at] = Math.round(source.data[at]! + share * (drawn.data[at]! - source.data[at]!));
  }
  return { ...source, data };
}
