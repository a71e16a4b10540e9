import { filterNames, filters, type FilterName, type FilterValues } from '../../src-main/contract/filters.ts';
import { fetchTiles, flattenRasters, tilesFromPicture } from '../canvas/layer-pixels.ts';
import { encodePng } from '../canvas/surface.ts';
import { paintTiles } from '../document/commands.ts';
import type { ControlLayer } from '../document/records.ts';
import { tileEntries, type TileId, type TileKey } from '../document/tiles.ts';
import type { Studio } from './studio.svelte.ts';

/** The filter that a control layer names; null for none, and for one that this version does not know. */
export function filterOf(layer: ControlLayer): FilterName | null {
  return filterNames.find((name) => name === layer.preprocessor) ?? null;
}

/** The values of a filter: those that were set by hand on this layer, else its defaults. */
export function filterValues(layer: ControlLayer, filter: FilterName): FilterValues {
  const own = layer.filterValues?.[filter] ?? {};
  return Object.fromEntries(filters[filter].parameters.map(({ name, default: byDefault }) => [name, own[name] ?? byDefault]));
}

/** What a filter makes of the pictures in the frame, as an asset; null, with a notice, where there is nothing to make it of. */
export async function filterFrame(studio: Studio, filter: FilterName, parameters: FilterValues): Promise<string | null> {
  const { document, canvas, toasts, client } = studio;
  const { frame } = document.canvas;
  const rasters = document.layers.filter((other) => other.kind === 'raster' && !other.hidden);
  if (rasters.length === 0 && filter !== 'depth-gradient') {
    toasts.show('info', 'There is no picture in the frame to work from.');
    return null;
  }
  try {
    await fetchTiles(rasters, frame, canvas.tiles);
    const picture = await encodePng(flattenRasters(rasters, frame, canvas.tiles));
    const { value } = await client.callWithBuffers('assets.put', { kind: 'picture' }, [picture]);
    return (await client.call('filters.apply', { filter, parameters: { ...parameters }, asset: value.asset })).asset;
  } catch (error) {
    toasts.error(error);
    return null;
  }
}

/** Draws what a filter makes of the frame into the layer, where it can be corrected by hand. */
export async function drawFiltered(studio: Studio, layer: ControlLayer, filter: FilterName, parameters: FilterValues): Promise<void> {
  const { document, canvas } = studio;
  const { frame } = document.canvas;
  const asset = await filterFrame(studio, filter, parameters);
  if (asset === null) return;
  const surface = await studio.fetchPicture(asset);
  const current = document.layers.find((other) => other.id === layer.id);
  if (current?.kind !== 'control') return;
  const patch: Record<TileKey, TileId | null> = {};
  for (const [key] of tileEntries(current.tiles)) patch[key] = null;
  const drawn = tilesFromPicture(surface, { x: frame.x - current.offset.x, y: frame.y - current.offset.y }, canvas.tiles);
  document.apply(paintTiles(document.records, current.id, { ...patch, ...drawn }, filters[filter].title));
}
