import type { Grid, RegionMask } from '../regions/mask.ts';

/**
 * The mask at latent size: the largest value under each cell, so that every pixel that is pasted later comes from a cell that was redrawn
 * for as long as the pixel asks. Sides of the mask are multiples of the grid's.
 */
export function latentLevels(mask: RegionMask, { height, width }: Grid): Float32Array {
  const levels = new Float32Array(height * width);
  for (let y = 0; y < mask.height; y++) {
    const row = Math.floor((y * height) / mask.height) * width;
    for (let x = 0; x < mask.width; x++) {
      const cell = row + Math.floor((x * width) / mask.width);
      levels[cell] = Math.max(levels[cell]!, mask.data[y * mask.width + x]!);
    }
  }
  return levels;
}

/**
 * Share of the run that is still to come after step `step` of `steps`: a level m is redrawn in the steps whose share is below it, the
 * last ceil(m * steps) (Levin and Fried 2023, Differential Diffusion).
 */
export function shareAfter(step: number, steps: number): number {
  return 1 - (step + 1) / steps;
}
