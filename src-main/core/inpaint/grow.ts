import { complement, type RegionMask } from '../regions/mask.ts';
import { distanceToMask } from './distance.ts';

/**
 * The mask made larger by a disc of `radius` pixels, or smaller where it is negative. Soft values are kept where they are larger
 * (growing) or smaller (shrinking) than the moved edge; the edge is where the mask passes one half.
 */
export function grow(mask: RegionMask, radius: number): RegionMask {
  if (radius === 0) return mask;
  const { height, width, data } = mask;
  if (radius > 0) {
    const distance = distanceToMask(mask);
    return { height, width, data: data.map((value, i) => (distance[i]! <= radius ? 1 : value)) };
  }
  const distance = distanceToMask(complement(mask));
  return { height, width, data: data.map((value, i) => (distance[i]! <= -radius ? 0 : value)) };
}
