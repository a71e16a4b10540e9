import type { Change, Delta } from './delta.ts';
import type { DocumentRecord } from './records.ts';
import { patchEntries, tileEntries, type TileId, type TileMap, type TilePatch } from './tiles.ts';

/** All tiles that a delta speaks of, before or after. */
export function tilesOfDelta(delta: Delta): Set<TileId> {
  const ids = new Set<TileId>();
  const add = (tiles: TileMap | TilePatch) => {
    for (const [, id] of patchEntries(tiles)) if (id !== null) ids.add(id);
  };
  for (const change of delta.changes) {
    if (change.type === 'tiles') {
      add(change.before);
      add(change.after);
    } else if (change.type !== 'update' && change.record.type === 'layer') add(change.record.tiles);
  }
  return ids;
}

export function tilesOfRecords(records: Iterable<DocumentRecord>): Set<TileId> {
  const ids = new Set<TileId>();
  for (const record of records) if (record.type === 'layer') for (const [, id] of tileEntries(record.tiles)) ids.add(id);
  return ids;
}

/** The same delta with other names for its tiles, as it is written to the journal. */
export function renameTiles(delta: Delta, rename: (id: TileId) => TileId): Delta {
  const patch = (tiles: TilePatch): TilePatch =>
    Object.fromEntries(patchEntries(tiles).map(([key, id]) => [key, id === null ? null : rename(id)]));
  const changes = delta.changes.map((change): Change => {
    if (change.type === 'tiles') return { ...change, before: patch(change.before), after: patch(change.after) };
    if (change.type === 'update') return change;
    return { ...change, record: renameRecordTiles(change.record, rename) };
  });
  return { ...delta, changes };
}

export function renameRecordTiles(record: DocumentRecord, rename: (id: TileId) => TileId): DocumentRecord {
  if (record.type !== 'layer') return record;
  return { ...record, tiles: Object.fromEntries(tileEntries(record.tiles).map(([key, id]) => [key, rename(id)])) };
}
