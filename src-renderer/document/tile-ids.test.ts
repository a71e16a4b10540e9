import { expect, it } from 'vitest';
import { addLayers, paintTiles } from './commands.ts';
import { DocumentStore } from './history.ts';
import { newDocument, newLayer } from './new-records.ts';
import type { LayerId } from './records.ts';
import { renameTiles, tilesOfDelta, tilesOfRecords } from './tile-ids.ts';
import type { TileId } from './tiles.ts';

const tile = (text: string) => text as TileId;

it('finds and renames the tiles of a delta, before and after, in layers and in patches', () => {
  const store = new DocumentStore(newDocument());
  const layer = { ...newLayer('raster', 'a' as LayerId, 0), tiles: { '0,0': tile('x') } };
  const added = addLayers(store.records, [layer], null);
  expect(tilesOfDelta(added)).toEqual(new Set(['x']));
  store.apply(added);
  const painted = paintTiles(store.records, layer.id, { '0,0': tile('y'), '1,0': null }, 'Paint');
  expect(tilesOfDelta(painted)).toEqual(new Set(['x', 'y']));
  const renamed = renameTiles(painted, (id) => tile(`saved-${id}`));
  expect(renamed.changes).toEqual([
    { type: 'tiles', id: 'a', before: { '0,0': 'saved-x', '1,0': null }, after: { '0,0': 'saved-y', '1,0': null } },
  ]);
  expect(tilesOfRecords(store.records.values())).toEqual(new Set(['x']));
});
