import type { Point, Rectangle } from './geometry.ts';

/** Side of a tile in pixels. */
export const tileSize = 256;

/** Names the immutable pixels of one tile. */
export type TileId = string & { readonly brand: 'TileId' };

/** Column and row of a tile as "column,row", in the layer's own space. */
export type TileKey = `${number},${number}`;

/** What a layer is made of: the tiles that are not empty. */
export type TileMap = Readonly<Record<TileKey, TileId>>;

/** Tiles that changed; null stands for an empty tile. */
export type TilePatch = Readonly<Record<TileKey, TileId | null>>;

export function tileKey(column: number, row: number): TileKey {
  return `${column},${row}`;
}

export function tilePosition(key: TileKey): { readonly column: number; readonly row: number } {
  const comma = key.indexOf(',');
  return { column: Number(key.slice(0, comma)), row: Number(key.slice(comma + 1)) };
}

/** The pixels that a tile covers, moved by the offset of its layer. */
export function tileBounds(key: TileKey, offset: Point = { x: 0, y: 0 }): Rectangle {
  const { column, row } = tilePosition(key);
  return { x: column * tileSize + offset.x, y: row * tileSize + offset.y, width: tileSize, height: tileSize };
}

/** Keys of all tiles that touch a rectangle of the layer's own space, row by row. */
export function tilesIn(rectangle: Rectangle): TileKey[] {
  const keys: TileKey[] = [];
  const right = rectangle.x + rectangle.width;
  const bottom = rectangle.y + rectangle.height;
  for (let row = Math.floor(rectangle.y / tileSize); row * tileSize < bottom; row++) {
    for (let column = Math.floor(rectangle.x / tileSize); column * tileSize < right; column++) keys.push(tileKey(column, row));
  }
  return keys;
}

/** `tiles` with `patch` applied; the patch that undoes it is `revertPatch(tiles, patch)`. */
export function applyPatch(tiles: TileMap, patch: TilePatch): TileMap {
  const result: Record<TileKey, TileId> = { ...tiles };
  for (const [key, id] of patchEntries(patch)) {
    if (id === null) delete result[key];
    else result[key] = id;
  }
  return result;
}

export function revertPatch(tiles: TileMap, patch: TilePatch): TilePatch {
  const before: Record<TileKey, TileId | null> = {};
  for (const [key] of patchEntries(patch)) before[key] = tiles[key] ?? null;
  return before;
}

export function patchEntries(patch: TilePatch): [TileKey, TileId | null][] {
  return Object.entries(patch) as [TileKey, TileId | null][];
}

export function tileEntries(tiles: TileMap): [TileKey, TileId][] {
  return Object.entries(tiles) as [TileKey, TileId][];
}
