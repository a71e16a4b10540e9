import {
  filterNames,
  filters,
  isNetworkPath,
  networks,
  type FilterDescription,
  type FilterSource,
  type FilterValues,
} from '../../src-main/contract/filters.ts';
import { fetchTiles, flattenRasters, tilesFromPicture } from '../canvas/layer-pixels.ts';
import { encodePng } from '../canvas/surface.ts';
import { paintTiles } from '../document/commands.ts';
import type { ControlLayer } from '../document/records.ts';
import { tileEntries, type TileId, type TileKey } from '../document/tiles.ts';
import { fileName } from './paths.ts';
import type { Studio } from './studio.svelte.ts';

/** The filter that a control layer names; null for none, and for one that this version does not know. */
export function filterOf(layer: ControlLayer): FilterSource | null {
  if (isNetworkPath(layer.preprocessor)) return layer.preprocessor;
  return filterNames.find((name) => name === layer.preprocessor) ?? null;
}

/** What is shown of a filter. A network is found among the models by its path; where it is not, its file name stands for it. */
export function filterDescription({ models }: Pick<Studio, 'models'>, filter: FilterSource): FilterDescription {
  if (!isNetworkPath(filter)) return filters[filter];
  const kind = models.find(filter)?.network ?? null;
  const name = fileName(filter).replace(/\.onnx$/i, '');
  if (kind !== null) return { title: `${networks[kind].title}: ${name}`, hint: networks[kind].hint, parameters: [] };
  return { title: name, hint: 'This file is not in the folders under Models.', parameters: [] };
}

/** Every filter that can be chosen: the built-in ones, then the networks in the user's folders, and what this layer has chosen in any case. */
export function filterChoices(studio: Pick<Studio, 'models'>, chosen: FilterSource | null) {
  const found = studio.models.all.filter(({ kind, network, usable }) => kind === 'filter' && network !== 'people' && usable);
  const paths = new Set(found.map(({ id }) => id).filter(isNetworkPath));
  if (chosen !== null && isNetworkPath(chosen)) paths.add(chosen);
  const choice = (filter: FilterSource) => ({ value: filter, label: filterDescription(studio, filter).title });
  return [...filterNames.map(choice), ...[...paths].map((path) => ({ ...choice(path), group: 'Your networks' }))];
}

/** The values of a filter: those that were set by hand on this layer, else its defaults. */
export function filterValues(layer: ControlLayer, filter: FilterSource): FilterValues {
  if (isNetworkPath(filter)) return {};
  const own = layer.filterValues?.[filter] ?? {};
  return Object.fromEntries(filters[filter].parameters.map(({ name, default: byDefault }) => [name, own[name] ?? byDefault]));
}

/** What a filter makes of the pictures in the frame, as an asset; null, with a notice, where there is nothing to make it of. */
export async function filterFrame(studio: Studio, filter: FilterSource, parameters: FilterValues): Promise<string | null> {
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
export async function drawFiltered(studio: Studio, layer: ControlLayer, filter: FilterSource, parameters: FilterValues): Promise<void> {
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
  document.apply(paintTiles(document.records, current.id, { ...patch, ...drawn }, filterDescription(studio, filter).title));
}
