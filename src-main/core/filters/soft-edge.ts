import type { RgbPicture } from '../rgb-picture.ts';
import { greyPicture } from './plane.ts';
import { colourGradient, gradientLength } from './sobel.ts';

export interface SoftEdgeOptions {
  /** Standard deviation of the finest of three blurs in pixels; the others are twice and four times as wide. */
  readonly sigma: number;
  readonly strength: number;
}

const scales = [1, 2, 4] as const;
/** Share of the pixels that are not brighter than full white at strength 1. */
const whiteShare = 0.99;

/**
 * Wide soft lines: the mean of gradients at three scales, each times its scale so that wide and narrow edges count alike
 * (Lindeberg 1998), stretched so that one pixel in a hundred is white.
 */
export function softEdge(picture: RgbPicture, { sigma, strength }: SoftEdgeOptions): RgbPicture {
  const { width, height } = picture;
  const sum = new Float32Array(width * height);
  for (const scale of scales) {
    const length = gradientLength(colourGradient(picture, sigma * scale));
    for (let i = 0; i < sum.length; i++) sum[i]! += length[i]! * scale;
  }
  const white = valueAt(sum, whiteShare);
  return greyPicture({ width, height, data: white === 0 ? sum.fill(0) : sum.map((value) => (255 * strength * value) / white) });
}

/** The value that a share of the pixels do not exceed, of 1024 even steps up to the largest; the largest where that is 0. */
function valueAt(values: Float32Array, share: number): number {
  const bins = 1024;
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  // Below a thousandth of a grey level, what is left is rounding.
  if (largest < 1e-3) return 0;
  const counts = new Uint32Array(bins + 1);
  for (const value of values) counts[Math.ceil((value / largest) * bins)]!++;
  let below = 0;
  for (let bin = 0; bin <= bins; bin++) {
    below += counts[bin]!;
    if (below >= share * values.length) return bin === 0 ? largest : (bin / bins) * largest;
  }
  return largest;
}
