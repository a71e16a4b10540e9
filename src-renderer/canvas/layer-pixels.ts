import { mappedBounds, type Affine } from '../document/affine.ts';
import { intersect, roundOut, translate, union, type Point, type Rectangle } from '../document/geometry.ts';
import type { BlendMode, Layer } from '../document/records.ts';
import { tileBounds, tileEntries, tilesIn, type TileId, type TileKey, type TileMap, type TilePatch } from '../document/tiles.ts';
import { context, isBlank, newSurface, type Context, type Surface } from './surface.ts';
import type { TileStore } from './tile-store.ts';

export type Tiles = TileStore<Surface>;

/** Pixels of a stroke or a transformation that is still going on: they stand in for tiles of one layer. */
export interface LivePixels {
  readonly layer: Layer['id'];
  /** Replaces tiles by key; null is an empty tile. */
  readonly tiles: ReadonlyMap<TileKey, Surface | null>;
  /** Drawn instead of all tiles, at a place of the canvas. */
  readonly moved?: { readonly offset: Point };
  /** Drawn over the tiles: pixels that are being transformed, mapped into the layer's own space. */
  readonly placed?: { readonly source: Surface; readonly matrix: Affine };
}

/** Rectangle of the canvas that a layer's tiles cover, null for an empty layer. Tiles are whole: up to 255 pixels too large. */
export function roughBounds(layer: Layer): Rectangle | null {
  let bounds = covered.get(layer.tiles);
  if (bounds === undefined) {
    bounds = null;
    for (const [key] of tileEntries(layer.tiles)) bounds = union(bounds, tileBounds(key));
    covered.set(layer.tiles, bounds);
  }
  return bounds && translate(bounds, layer.offset);
}

/** Asked for every layer in every frame. */
const covered = new WeakMap<TileMap, Rectangle | null>();

/** Draws the part of a layer that lies in `area` (canvas space) with `area`'s corner at 0, 0. */
export function drawLayer(target: Context, layer: Layer, area: Rectangle, tiles: Tiles, live: LivePixels | null): void {
  const own = live?.layer === layer.id ? live : null;
  const offset = own?.moved?.offset ?? layer.offset;
  const local = translate(area, { x: -offset.x, y: -offset.y });
  for (const key of tilesIn(roundOut(local))) {
    const replaced = own?.tiles.get(key);
    const id = layer.tiles[key];
    const surface = replaced !== undefined ? replaced : id === undefined ? null : tiles.get(id);
    if (!surface) continue;
    const bounds = tileBounds(key);
    target.drawImage(surface, bounds.x - local.x, bounds.y - local.y);
  }
  if (own?.placed) drawPlaced(target, own.placed, local, 'medium');
}

/** Draws pixels that are being transformed, with `corner` (layer space) at 0, 0. */
export function drawPlaced(
  target: Context,
  { source, matrix }: NonNullable<LivePixels['placed']>,
  corner: Point,
  quality: ImageSmoothingQuality,
): void {
  target.save();
  target.translate(-corner.x, -corner.y);
  target.transform(...matrix);
  target.imageSmoothingQuality = quality;
  target.drawImage(source, 0, 0);
  target.restore();
}

/** Rectangle of the canvas that pixels being changed cover, besides what their layer covers by itself. */
export function liveBounds(live: LivePixels, layer: Layer): Rectangle | null {
  let bounds: Rectangle | null = null;
  for (const key of live.tiles.keys()) bounds = union(bounds, tileBounds(key, layer.offset));
  if (live.moved) bounds = union(bounds, roughBounds({ ...layer, offset: live.moved.offset }));
  if (live.placed) {
    const { source, matrix } = live.placed;
    const placed = mappedBounds(matrix, { x: 0, y: 0, width: source.width, height: source.height });
    bounds = union(bounds, translate(roundOut(placed), layer.offset));
  }
  return bounds;
}

/** Whether all pixels of a layer are in memory: what is not cannot be painted over without losing it. */
export function isLoaded(layer: Layer, tiles: Tiles): boolean {
  return tileEntries(layer.tiles).every(([, id]) => tiles.has(id));
}

/** Waits until every tile of these layers in `area` is in memory. */
export async function fetchTiles(layers: readonly Layer[], area: Rectangle, tiles: Tiles): Promise<void> {
  const ids = layers.flatMap((layer) =>
    tilesIn(roundOut(translate(area, { x: -layer.offset.x, y: -layer.offset.y }))).flatMap((key) => layer.tiles[key] ?? []),
  );
  await Promise.all(ids.map((id) => tiles.fetch(id)));
}

export function compositeOperation(blend: BlendMode): GlobalCompositeOperation {
  return blend === 'normal' ? 'source-over' : blend;
}

/** The raster layers (given from top to bottom) over each other, as pixels of `area`. */
export function flattenRasters(layers: readonly Layer[], area: Rectangle, tiles: Tiles): Surface {
  const surface = newSurface(area.width, area.height);
  const target = context(surface);
  const scratch = newSurface(area.width, area.height);
  const scratchContext = context(scratch);
  for (const layer of [...layers].reverse()) {
    if (layer.kind !== 'raster' || layer.hidden) continue;
    scratchContext.clearRect(0, 0, area.width, area.height);
    drawLayer(scratchContext, layer, area, tiles, null);
    target.globalAlpha = layer.opacity;
    target.globalCompositeOperation = compositeOperation(layer.blend);
    target.drawImage(scratch, 0, 0);
  }
  return surface;
}

/** One layer alone as pixels of `area`, without its opacity. */
export function layerSurface(layer: Layer, area: Rectangle, tiles: Tiles): Surface {
  const surface = newSurface(area.width, area.height);
  drawLayer(context(surface), layer, area, tiles, null);
  return surface;
}

/** Alpha of each pixel, row by row. */
export function alphaOf(surface: Surface): Uint8ClampedArray<ArrayBuffer> {
  const { data } = context(surface).getImageData(0, 0, surface.width, surface.height);
  const alpha = new Uint8ClampedArray(surface.width * surface.height);
  for (let index = 0; index < alpha.length; index++) alpha[index] = data[4 * index + 3] ?? 0;
  return alpha;
}

/** Grey values as an opaque picture; what the engine reads as a mask. */
export function greySurface(values: Uint8ClampedArray, width: number, height: number): Surface {
  const surface = newSurface(width, height);
  const image = new ImageData(width, height);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    image.data.set([value, value, value, 255], 4 * index);
  }
  context(surface).putImageData(image, 0, 0);
  return surface;
}

/** Puts a surface over black, so that no alpha is left. */
export function onBlack(surface: Surface): Surface {
  const result = newSurface(surface.width, surface.height);
  const target = context(result);
  target.fillStyle = '#000';
  target.fillRect(0, 0, surface.width, surface.height);
  target.drawImage(surface, 0, 0);
  return result;
}

/**
 * The patch that changes a layer's pixels by `draw`, which is called for each tile that `area` (layer space) touches with a context
 * whose origin is the layer's origin. Tiles that end up blank are taken out.
 */
export function patchByDrawing(layer: Layer, area: Rectangle, tiles: Tiles, draw: (target: Context) => void): TilePatch {
  const patch: Record<TileKey, TileId | null> = {};
  for (const key of tilesIn(roundOut(area))) {
    const bounds = tileBounds(key);
    const surface = newSurface();
    const target = context(surface);
    const old = layer.tiles[key];
    const pixels = old === undefined ? undefined : tiles.get(old);
    if (pixels) target.drawImage(pixels, 0, 0);
    target.translate(-bounds.x, -bounds.y);
    target.save();
    draw(target);
    target.restore();
    if (!isBlank(surface)) patch[key] = tiles.add(surface);
    else if (old !== undefined) patch[key] = null;
  }
  return patch;
}

/** Tiles that show a picture with its corner at `at` (layer space); nothing else is in them. */
export function tilesFromPicture(picture: Surface, at: Point, tiles: Tiles): Record<TileKey, TileId> {
  const area = { x: Math.floor(at.x), y: Math.floor(at.y), width: picture.width, height: picture.height };
  const result: Record<TileKey, TileId> = {};
  for (const key of tilesIn(area)) {
    const bounds = tileBounds(key);
    if (intersect(bounds, area) === null) continue;
    const surface = newSurface();
    context(surface).drawImage(picture, area.x - bounds.x, area.y - bounds.y);
    if (!isBlank(surface)) result[key] = tiles.add(surface);
  }
  return result;
}

/** Tiles never change, so the bounds of a set of them are measured once. */
const measured = new WeakMap<TileMap, Rectangle | null>();

/** Smallest rectangle of the canvas around a layer's pixels, null when there are none (or none are in memory yet). */
export function exactBounds(layer: Layer, tiles: Tiles): Rectangle | null {
  const known = measured.get(layer.tiles);
  if (known !== undefined) return known && translate(known, layer.offset);
  let bounds: Rectangle | null = null;
  let isComplete = true;
  for (const [key, id] of tileEntries(layer.tiles)) {
    const surface = tiles.get(id);
    if (!surface) isComplete = false;
    const own = surface && opaqueBounds(surface);
    if (own) bounds = union(bounds, translate(own, tileBounds(key)));
  }
  if (isComplete) measured.set(layer.tiles, bounds);
  return bounds && translate(bounds, layer.offset);
}

/** Reading pixels back is slow, so each tile is measured once. */
const measuredTiles = new WeakMap<Surface, Rectangle | null>();

/** Smallest rectangle around the pixels of a surface that never changes, null when there are none. */
export function opaqueBounds(surface: Surface): Rectangle | null {
  const known = measuredTiles.get(surface);
  if (known !== undefined) return known;
  const bounds = measureBounds(surface);
  measuredTiles.set(surface, bounds);
  return bounds;
}

function measureBounds(surface: Surface): Rectangle | null {
  const alpha = alphaOf(surface);
  let left = surface.width;
  let top = surface.height;
  let right = -1;
  let bottom = -1;
  for (let y = 0; y < surface.height; y++) {
    for (let x = 0; x < surface.width; x++) {
      if (alpha[y * surface.width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
