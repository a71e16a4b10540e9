import type { RegionMask } from '../regions/mask.ts';
import { distanceToMask } from './distance.ts';

/**
 * The mask with a fade of `reach` pixels around it: 1 inside, falling linearly with the distance, exactly 0 from `reach` + 1 pixels on.
 * It grows outwards only, so that what was painted is redrawn in full, and its support is known to the pixel.
 */
export function fade(mask: RegionMask, reach: number): RegionMask {
  if (reach <= 0) return mask;
  const distance = distanceToMask(mask);
  return { ...mask, data: mask.data.map((value, i) => Math.max(value, 1 - distance[i]! / (reach + 1))) };
}
