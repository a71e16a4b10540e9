import { intersect, roundOut, type Rectangle } from '../document/geometry.ts';
import type { Layer } from '../document/records.ts';
import { alphaOf, drawLayer, exactBounds, type Tiles } from './layer-pixels.ts';
import { context, newSurface } from './surface.ts';

/** Overlaps are measured in a picture of at most this many pixels a side. */
const largestSide = 256;

/** Share of a layer's area inside `frame` that each of the others covers too, 0 to 1, in their order. */
export function overlaps(layer: Layer, others: readonly Layer[], frame: Rectangle, tiles: Tiles): number[] {
  const bounds = exactBounds(layer, tiles);
  const area = bounds && intersect(bounds, frame);
  if (area === null) return others.map(() => 0);
  const own = smallAlpha(layer, area, tiles);
  const whole = own.reduce((sum, value) => sum + value, 0);
  return others.map((other) => {
    const theirs = exactBounds(other, tiles);
    if (whole === 0 || theirs === null || intersect(theirs, area) === null) return 0;
    const alpha = smallAlpha(other, area, tiles);
    return own.reduce((sum, value, index) => sum + Math.min(value, alpha[index] ?? 0), 0) / whole;
  });
}

function smallAlpha(layer: Layer, area: Rectangle, tiles: Tiles): Uint8ClampedArray {
  const scale = Math.min(1, largestSide / Math.max(area.width, area.height));
  const small = roundOut({ x: 0, y: 0, width: area.width * scale, height: area.height * scale });
  const surface = newSurface(small.width, small.height);
  const pen = context(surface);
  pen.scale(small.width / area.width, small.height / area.height);
  drawLayer(pen, layer, area, tiles, null);
  return alphaOf(surface);
}
