import { exactBounds, fetchTiles, flattenRasters, alphaOf, layerSurface, roughBounds, tilesFromPicture } from '../canvas/layer-pixels.ts';
import type { FlatDocument, FlatGroup, FlatLayer, Picture } from '../canvas/psd/flat-document.ts';
import { readPsd, writePsd } from '../canvas/psd/psd.ts';
import { context, encodePng, newSurface, type Surface } from '../canvas/surface.ts';
import { addLayers } from '../document/commands.ts';
import type { Rectangle } from '../document/geometry.ts';
import { newLayer } from '../document/new-records.ts';
import type { Layer, RasterLayer } from '../document/records.ts';
import { download } from './download.ts';
import { fileStem } from './pictures.ts';
import type { Studio } from './studio.svelte.ts';

/** How strongly regions tint the picture in a program that knows no regions. */
const tint = 0.3;

/** All layers as a Photoshop file of the frame's size; what lies outside of the frame is kept. */
export async function exportPsd({ document, canvas }: Studio): Promise<void> {
  const { frame, name } = document.canvas;
  for (const layer of document.layers) await fetchTiles([layer], roughBounds(layer) ?? frame, canvas.tiles);
  const flat = (layer: Layer) =>
    flatLayer(layer, exactBounds(layer, canvas.tiles), { frame, surface: (area) => layerSurface(layer, area, canvas.tiles) });
  const group = (title: string, kind: Layer['kind']): FlatGroup[] => {
    const layers = document.layers.filter((layer) => layer.kind === kind).flatMap(flat);
    // Hidden, so that the file looks like the picture; each layer in it is as it was.
    return layers.length === 0 ? [] : [{ name: title, isHidden: true, layers }];
  };
  const file: FlatDocument = {
    width: frame.width,
    height: frame.height,
    content: [
      ...group('Inpaint masks', 'mask'),
      ...group('Regions', 'region'),
      ...group('Control layers', 'control'),
      ...document.layers.filter((layer) => layer.kind === 'raster').flatMap(flat),
    ],
    merged: pictureOf(flattenRasters(document.layers, frame, canvas.tiles)),
  };
  download(new Blob([await writePsd(file)], { type: 'image/vnd.adobe.photoshop' }), `${name}.psd`);
}

interface Source {
  readonly frame: Rectangle;
  surface(area: Rectangle): Surface;
}

/** Regions and masks become their colour behind a layer mask with what was painted. */
function flatLayer(layer: Layer, area: Rectangle | null, { frame, surface }: Source): FlatLayer[] {
  if (area === null || layer.kind === 'reference') return [];
  const pixels = surface(area);
  const base = { left: area.x - frame.x, top: area.y - frame.y, isHidden: layer.hidden, opacity: layer.opacity, blend: 'normal' } as const;
  if (layer.kind === 'raster') return [{ ...base, name: layer.name, blend: layer.blend, picture: pictureOf(pixels) }];
  if (layer.kind === 'control') return [{ ...base, name: layer.name, picture: pictureOf(pixels) }];
  const name = layer.kind === 'region' && layer.prompt !== '' ? `${layer.name}: ${layer.prompt}` : layer.name;
  return [{ ...base, name, opacity: tint * layer.opacity, picture: pictureOf(filled(area, layer.colour)), mask: alphaOf(pixels) }];
}

function filled({ width, height }: Rectangle, colour: string): Surface {
  const surface = newSurface(width, height);
  const target = context(surface);
  target.fillStyle = colour;
  target.fillRect(0, 0, width, height);
  return surface;
}

function pictureOf(surface: Surface): Picture {
  const { width, height } = surface;
  return { width, height, data: context(surface).getImageData(0, 0, width, height).data as Picture['data'] };
}

/** The active layer's own pixels as a PNG, as large as they are. */
export async function exportLayer({ document, canvas }: Studio): Promise<void> {
  const layer = document.active;
  if (!layer) return;
  await fetchTiles([layer], roughBounds(layer) ?? document.canvas.frame, canvas.tiles);
  const area = exactBounds(layer, canvas.tiles);
  if (area === null) return canvas.notify('There is nothing on this layer.');
  const png = await encodePng(layerSurface(layer, area, canvas.tiles));
  download(new Blob([png.slice()], { type: 'image/png' }), `${layer.name}.png`);
}

/** Puts the layers of a Photoshop file above the active layer, its middle in the middle of the frame, as one step. */
export async function importPsd(studio: Studio, file: File): Promise<void> {
  const { document, canvas, toasts } = studio;
  const read = await readPsd(new Uint8Array(await file.arrayBuffer())).catch((error: unknown) => {
    throw new Error(`${file.name} cannot be read as a Photoshop file: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { frame } = document.canvas;
  const corner = { x: Math.round(frame.x + (frame.width - read.width) / 2), y: Math.round(frame.y + (frame.height - read.height) / 2) };
  const layers = read.layers.map((flat, index): RasterLayer => {
    const tiles = tilesFromPicture(surfaceOf(flat.picture), { x: 0, y: 0 }, canvas.tiles);
    const offset = { x: corner.x + flat.left, y: corner.y + flat.top };
    const { opacity, blend, isHidden: hidden } = flat;
    return { ...newLayer('raster', document.newId(), index), name: flat.name.slice(0, 200), offset, tiles, opacity, blend, hidden };
  });
  document.apply(addLayers(document.records, layers, document.activeId, `Open ${fileStem(file.name)}`));
  document.setActive(layers[0]?.id ?? document.activeId);
  if (read.problems.length > 0) toasts.show('warning', read.problems.join(' '));
}

function surfaceOf({ width, height, data }: Picture): Surface {
  const surface = newSurface(width, height);
  context(surface).putImageData(new ImageData(data, width, height), 0, 0);
  return surface;
}
