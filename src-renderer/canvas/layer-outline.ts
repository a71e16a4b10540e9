import type { Point, Rectangle } from '../document/geometry.ts';
import type { Layer } from '../document/records.ts';
import type { TileMap } from '../document/tiles.ts';
import { alphaOf, drawLayer, exactBounds, type Tiles } from './layer-pixels.ts';
import { traceOutline } from './outline.ts';
import { context, newSurface } from './surface.ts';

/** Outlines are looked for in a picture of at most this many pixels a side. */
const largestSide = 256;

const traced = new WeakMap<TileMap, readonly (readonly Point[])[]>();

/** The borders of what is painted on a layer, in the layer's own space. Traced once for each state of its pixels. */
export function layerOutline(layer: Layer, tiles: Tiles): readonly (readonly Point[])[] {
  const known = traced.get(layer.tiles);
  if (known) return known;
  const bounds = exactBounds(layer, tiles);
  const loops = bounds === null ? [] : traceIn(layer, bounds, tiles);
  if (bounds !== null) traced.set(layer.tiles, loops);
  return loops;
}

function traceIn(layer: Layer, bounds: Rectangle, tiles: Tiles): Point[][] {
  const scale = Math.min(1, largestSide / Math.max(bounds.width, bounds.height));
  const width = Math.max(1, Math.round(bounds.width * scale));
  const height = Math.max(1, Math.round(bounds.height * scale));
  const surface = newSurface(width, height);
  const pen = context(surface);
  pen.scale(width / bounds.width, height / bounds.height);
  drawLayer(pen, layer, bounds, tiles, null);
  const origin = { x: bounds.x - layer.offset.x, y: bounds.y - layer.offset.y };
  return traceOutline(alphaOf(surface), width, height).map((loop) =>
    loop.map(({ x, y }) => ({ x: origin.x + (x * bounds.width) / width, y: origin.y + (y * bounds.height) / height })),
  );
}
