import type { Grid, RegionMask } from './mask.ts';

export type Pooling = 'max' | 'mean';

/**
 * Half the size, 2x2 with stride 2; a last odd row or column is pooled over what there is, as the UNet's own downsampling rounds up.
 * `max` keeps regions that are smaller than a cell, `mean` keeps soft edges.
 */
export function halve(mask: RegionMask, pooling: Pooling): RegionMask {
  const height = Math.ceil(mask.height / 2);
  const width = Math.ceil(mask.width / 2);
  const data = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = poolCell(mask, y * 2, x * 2, pooling);
  }
  return { height, width, data };
}

function poolCell(mask: RegionMask, top: number, left: number, pooling: Pooling): number {
  let largest = 0;
  let sum = 0;
  let count = 0;
  for (let y = top; y < Math.min(top + 2, mask.height); y++) {
    for (let x = left; x < Math.min(left + 2, mask.width); x++) {
      const value = mask.data[y * mask.width + x]!;
      largest = Math.max(largest, value);
      sum += value;
      count++;
    }
  }
  return pooling === 'max' ? largest : sum / count;
}

/**
 * The mask at a level of the model, pooled level by level from the latent size.
 * Throws RangeError when no number of halvings gives the grid: sizes are passed down and never guessed from a number of tokens.
 */
export function maskAt(mask: RegionMask, grid: Grid, pooling: Pooling): RegionMask {
  let level = mask;
  while (level.height > grid.height || level.width > grid.width) level = halve(level, pooling);
  if (level.height !== grid.height || level.width !== grid.width) {
    throw new RangeError(`a mask of ${mask.height} x ${mask.width} has no level of ${grid.height} x ${grid.width}`);
  }
  return level;
}
