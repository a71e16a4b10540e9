import { apply, invert, mappedBounds, multiply, type Affine } from '../document/affine.ts';
import { boxMatrix, boxOf, moveBox, type Box } from '../document/box.ts';
import { intersect, roundOut, translate, type Rectangle } from '../document/geometry.ts';
import type { Layer, SelectionPart } from '../document/records.ts';
import { tileBounds, tileEntries, tilesIn, type TileId, type TileKey, type TileMap, type TilePatch } from '../document/tiles.ts';
import { drawPlaced, exactBounds, layerSurface, opaqueBounds, type LivePixels, type Tiles } from './layer-pixels.ts';
import { clipToSelection, selectionBounds, selectionSurface } from './selection.ts';
import { context, isBlank, newSurface, type Surface } from './surface.ts';

/** A tile of what stays where it is; tiles that nothing was lifted from keep their id. */
interface BaseTile {
  readonly id: TileId | null;
  readonly surface: Surface;
}

/**
 * Pixels taken off a layer to be moved, scaled and turned: all of it, or what a selection holds. They are kept as they were, so that
 * one change after another does not blur them.
 */
export interface Lifted {
  readonly source: Surface;
  /** Where the pixels lie, in the layer's own space. */
  readonly box: Box;
  readonly base: ReadonlyMap<TileKey, BaseTile>;
  /** The selection that holds them, in canvas space. */
  readonly selection: readonly SelectionPart[];
}

/** What was put down last on a layer, by the tiles that it left: taken up again as it was. */
const putDown = new WeakMap<TileMap, Lifted>();

function remembered(layer: Layer, selection: readonly SelectionPart[]): Lifted | null {
  const known = putDown.get(layer.tiles);
  if (known === undefined) return null;
  return known.selection === selection || (known.selection.length === 0 && selection.length === 0) ? known : null;
}

/** What was found under a selection, by the tiles of the layer: asked for with each move of the pointer. */
const found = new WeakMap<TileMap, { readonly selection: readonly SelectionPart[]; readonly area: Rectangle | null }>();

/** Part of the canvas around the pixels that would be lifted. */
function liftedArea(layer: Layer, selection: readonly SelectionPart[], tiles: Tiles): Rectangle | null {
  const bounds = exactBounds(layer, tiles);
  const limit = selectionBounds(selection);
  const room = bounds && limit && intersect(bounds, limit);
  if (limit === null) return bounds;
  if (room === null) return null;
  const known = found.get(layer.tiles);
  if (known?.selection === selection) return known.area && translate(known.area, layer.offset);
  const pixels = opaqueBounds(selectedPixels(layer, room, selection, tiles));
  const area = pixels && translate(pixels, { x: room.x - layer.offset.x, y: room.y - layer.offset.y });
  found.set(layer.tiles, { selection, area });
  return area && translate(area, layer.offset);
}

function selectedPixels(layer: Layer, area: Rectangle, selection: readonly SelectionPart[], tiles: Tiles): Surface {
  const surface = layerSurface(layer, area, tiles);
  clipToSelection(surface, area, selection);
  return surface;
}

/** The box around what would be lifted, in canvas space; null where there is nothing. */
export function transformBox(layer: Layer, selection: readonly SelectionPart[], tiles: Tiles): Box | null {
  const known = remembered(layer, selection);
  if (known) return moveBox(known.box, layer.offset);
  const area = liftedArea(layer, selection, tiles);
  return area && boxOf(area);
}

/** Takes pixels off a layer; null where there are none. Nothing changes in the document. */
export function lift(layer: Layer, selection: readonly SelectionPart[], tiles: Tiles): Lifted | null {
  const known = remembered(layer, selection);
  if (known) return known;
  const area = liftedArea(layer, selection, tiles);
  if (area === null) return null;
  const source = selectedPixels(layer, area, selection, tiles);
  const base = new Map<TileKey, BaseTile>();
  if (selection.length > 0) {
    for (const [key, id] of tileEntries(layer.tiles)) {
      const surface = tiles.get(id);
      if (surface) base.set(key, remainder(surface, id, tileBounds(key, layer.offset), selection));
    }
  }
  return { source, box: boxOf(translate(area, { x: -layer.offset.x, y: -layer.offset.y })), base, selection };
}

function remainder(surface: Surface, id: TileId, area: Rectangle, selection: readonly SelectionPart[]): BaseTile {
  const limit = selectionBounds(selection);
  if (limit === null || intersect(limit, area) === null) return { id, surface };
  const rest = newSurface();
  const target = context(rest);
  target.drawImage(surface, 0, 0);
  target.globalCompositeOperation = 'destination-out';
  target.drawImage(selectionSurface(selection, area), 0, 0);
  return { id: null, surface: rest };
}

/** How the layer looks while the pixels lie in `box` (layer space). */
export function livePixels(layer: Layer, lifted: Lifted, box: Box): LivePixels {
  const tiles = new Map<TileKey, Surface | null>();
  for (const [key] of tileEntries(layer.tiles)) tiles.set(key, null);
  for (const [key, { surface }] of lifted.base) tiles.set(key, surface);
  return { layer: layer.id, tiles, placed: { source: lifted.source, matrix: boxMatrix(box, lifted.source) } };
}

/** Part of the canvas that the pixels cover in a box of the layer's space. */
export function boxBounds(layer: Layer, { source }: Lifted, box: Box): Rectangle {
  const bounds = mappedBounds(boxMatrix(box, source), { x: 0, y: 0, width: source.width, height: source.height });
  return translate(roundOut(bounds), layer.offset);
}

export interface PutDown {
  readonly patch: TilePatch;
  /** The selection, moved along with the pixels. */
  readonly selection: readonly SelectionPart[];
  /** To be called with the tiles that the layer has once the patch is applied: the pixels can then be taken up again as they were. */
  remember(tiles: TileMap): void;
}

/** Draws the pixels into the layer, in `box` of its own space. */
export function putIntoLayer(layer: Layer, lifted: Lifted, box: Box, tiles: Tiles): PutDown {
  const matrix = boxMatrix(box, lifted.source);
  const bounds = translate(boxBounds(layer, lifted, box), { x: -layer.offset.x, y: -layer.offset.y });
  const touched = new Set(tilesIn(bounds));
  const patch: Record<TileKey, TileId | null> = {};
  for (const key of new Set([...(Object.keys(layer.tiles) as TileKey[]), ...lifted.base.keys(), ...touched])) {
    const base = lifted.base.get(key);
    const id = touched.has(key) || base?.id === null ? drawnTile(key, base?.surface, lifted.source, matrix, tiles) : (base?.id ?? null);
    if (id !== (layer.tiles[key] ?? null)) patch[key] = id;
  }
  const selection = movedSelection(layer, lifted, box);
  return { patch, selection, remember: (after) => putDown.set(after, { ...lifted, box, selection }) };
}

function drawnTile(key: TileKey, base: Surface | undefined, source: Surface, matrix: Affine, tiles: Tiles): TileId | null {
  const surface = newSurface();
  const target = context(surface);
  if (base) target.drawImage(base, 0, 0);
  const { x, y } = tileBounds(key);
  drawPlaced(target, { source, matrix }, { x, y }, 'high');
  return isBlank(surface) ? null : tiles.add(surface);
}

function movedSelection(layer: Layer, lifted: Lifted, box: Box): readonly SelectionPart[] {
  if (lifted.selection.length === 0) return lifted.selection;
  const size = lifted.source;
  const { x, y } = layer.offset;
  const toLayer: Affine = [1, 0, 0, 1, -x, -y];
  const back: Affine = [1, 0, 0, 1, x, y];
  const map = multiply(multiply(back, multiply(boxMatrix(box, size), invert(boxMatrix(lifted.box, size)))), toLayer);
  return lifted.selection.map((part) => ({ ...part, points: part.points.map((point) => apply(map, point)) }));
}
