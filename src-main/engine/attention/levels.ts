import type { Grid } from '../../core/regions/mask.ts';

/** Grids of a UNet's levels from the latent size down; each strided convolution halves and rounds up. */
export function levelGrids(latent: Grid, levels: number): Grid[] {
  const grids: Grid[] = [latent];
  for (let level = 1; level < levels; level++) {
    const { height, width } = grids[level - 1]!;
    grids.push({ height: Math.ceil(height / 2), width: Math.ceil(width / 2) });
  }
  return grids;
}
