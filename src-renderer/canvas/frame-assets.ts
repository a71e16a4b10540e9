import { canvasOf, layersOf } from '../document/commands.ts';
import type { RecordMap } from '../document/delta.ts';
import { intersect, type Rectangle } from '../document/geometry.ts';
import {
  activeLayers,
  cropKey,
  croppedReferences,
  maskRegions,
  type FrameAssets,
  type FrameContent,
} from '../document/recipe-from-document.ts';
import type { Layer, LayerId, MaskLayer } from '../document/records.ts';
import { tilesIn, tileBounds } from '../document/tiles.ts';
import { alphaOf, fetchTiles, flattenRasters, greySurface, layerSurface, onBlack, roughBounds, type Tiles } from './layer-pixels.ts';
import { context, encodePng, newSurface, type Surface } from './surface.ts';

/** Where pictures are kept. */
export interface PictureStore {
  /** Answers the asset id. */
  put(png: Uint8Array): Promise<string>;
  fetch(asset: string): Promise<Surface>;
}

/** What the visible raster layers cover of the frame. Looks at one tile after another and stops as soon as the answer is clear. */
export function frameContent(records: RecordMap, tiles: Tiles): FrameContent {
  const { frame } = canvasOf(records);
  const rasters = activeLayers(records).rasters;
  let hasOpaque = false;
  let hasTransparent = false;
  for (const key of tilesIn(frame)) {
    const part = intersect(tileBounds(key), frame);
    if (part === null) continue;
    const touching = rasters.filter((layer) => touches(layer, part));
    if (touching.length === 0) hasTransparent = true;
    else {
      for (const alpha of alphaOf(flattenRasters(touching, part, tiles))) {
        if (alpha > 0) hasOpaque = true;
        if (alpha < 255) hasTransparent = true;
      }
    }
    if (hasOpaque && hasTransparent) return 'partly';
  }
  return hasOpaque ? 'opaque' : 'transparent';
}

function touches(layer: Layer, area: Rectangle): boolean {
  const bounds = roughBounds(layer);
  return bounds !== null && intersect(bounds, area) !== null;
}

/** Visible inpaint masks that have pixels in the frame. */
export function paintedMasks(records: RecordMap, tiles: Tiles): MaskLayer[] {
  const { frame } = canvasOf(records);
  return activeLayers(records).masks.filter((mask) => coverage(mask, frame, tiles) > 0);
}

/** Share of the frame that a layer's alpha covers, 0 to 1. */
export function coverage(layer: Layer, frame: Rectangle, tiles: Tiles): number {
  if (!touches(layer, frame)) return 0;
  const alpha = alphaOf(layerSurface(layer, frame, tiles));
  let sum = 0;
  for (const value of alpha) sum += value;
  return sum / 255 / alpha.length;
}

/** Masks and pictures of the frame exactly as painted, uploaded once each. */
export async function collectFrameAssets(records: RecordMap, tiles: Tiles, store: PictureStore): Promise<FrameAssets> {
  const { frame } = canvasOf(records);
  await fetchTiles(layersOf(records), frame, tiles);
  const layers = activeLayers(records);
  const content = frameContent(records, tiles);
  const upload = async (surface: Surface) => store.put(await encodePng(surface));
  const masksOf = async (painted: readonly Layer[]) => {
    const masks = new Map<LayerId, string>();
    for (const layer of painted) {
      if (!touches(layer, frame)) continue;
      const alpha = alphaOf(layerSurface(layer, frame, tiles));
      if (alpha.some((value) => value > 0)) masks.set(layer.id, await upload(greySurface(alpha, frame.width, frame.height)));
    }
    return masks;
  };
  const controlPictures = new Map<LayerId, string>();
  for (const control of layers.controls) {
    if (touches(control, frame)) controlPictures.set(control.id, await upload(onBlack(layerSurface(control, frame, tiles))));
  }
  const crops = new Map<string, string>();
  for (const reference of croppedReferences(records)) {
    const key = cropKey(reference);
    if (key !== null && reference.crop && !crops.has(key))
      crops.set(key, await upload(cut(await store.fetch(reference.picture), reference.crop)));
  }
  const flat = content === 'transparent' ? null : flattenRasters(layers.rasters, frame, tiles);
  return {
    content,
    ...(flat && { picture: await upload(flat) }),
    regionMasks: await masksOf(maskRegions(records)),
    controlPictures,
    crops,
    inpaintMasks: await masksOf(layers.masks),
  };
}

function cut(picture: Surface, { x, y, width, height }: Rectangle): Surface {
  const surface = newSurface(width, height);
  context(surface).drawImage(picture, -x, -y);
  return surface;
}
