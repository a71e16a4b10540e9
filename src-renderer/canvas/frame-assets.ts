import { canvasOf, layersOf } from '../document/commands.ts';
import type { RecordMap } from '../document/delta.ts';
import { intersect, type Rectangle } from '../document/geometry.ts';
import {
  activeLayers,
  cropKey,
  croppedReferences,
  maskRegions,
  modeOf,
  type FrameAssets,
  type FrameContent,
} from '../document/recipe-from-document.ts';
import type { Layer, LayerId } from '../document/records.ts';
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

/** Whether any visible inpaint mask has pixels in the frame. */
export function hasPaintedMask(records: RecordMap, tiles: Tiles): boolean {
  const { frame } = canvasOf(records);
  return activeLayers(records).masks.some((mask) => touches(mask, frame) && coverage(mask, frame, tiles) > 0);
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
  const regionMasks = new Map<LayerId, string>();
  for (const region of maskRegions(records)) {
    const alpha = alphaOf(layerSurface(region, frame, tiles));
    if (alpha.some((value) => value > 0)) regionMasks.set(region.id, await upload(greySurface(alpha, frame.width, frame.height)));
  }
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
  const painted = maskOfFrame(layers.masks, frame, tiles);
  const mode = modeOf(content, painted !== null);
  const flat = content === 'transparent' ? null : flattenRasters(layers.rasters, frame, tiles);
  const mask = mode === 'outpaint' && flat !== null ? withMissing(painted, flat) : painted;
  return {
    content,
    ...(flat && { picture: await upload(flat) }),
    regionMasks,
    controlPictures,
    crops,
    ...((mode === 'inpaint' || mode === 'outpaint') && mask && { inpaintMask: await upload(greySurface(mask, frame.width, frame.height)) }),
    hasPaintedMask: painted !== null,
  };
}

function cut(picture: Surface, { x, y, width, height }: Rectangle): Surface {
  const surface = newSurface(width, height);
  context(surface).drawImage(picture, -x, -y);
  return surface;
}

/** The union of the masks as grey values of the frame; null when nothing is painted in it. */
function maskOfFrame(masks: readonly Layer[], frame: Rectangle, tiles: Tiles): Uint8ClampedArray<ArrayBuffer> | null {
  let result: Uint8ClampedArray<ArrayBuffer> | null = null;
  for (const mask of masks) {
    if (!touches(mask, frame)) continue;
    const alpha = alphaOf(layerSurface(mask, frame, tiles));
    if (!alpha.some((value) => value > 0)) continue;
    if (result === null) result = alpha;
    else for (let index = 0; index < alpha.length; index++) result[index] = Math.max(result[index] ?? 0, alpha[index] ?? 0);
  }
  return result;
}

/** Adds to a mask what of the picture is missing: outpainting draws where the frame is empty. */
function withMissing(mask: Uint8ClampedArray<ArrayBuffer> | null, picture: Surface): Uint8ClampedArray<ArrayBuffer> {
  const alpha = alphaOf(picture);
  const result = new Uint8ClampedArray(alpha.length);
  for (let index = 0; index < alpha.length; index++) result[index] = Math.max(mask?.[index] ?? 0, 255 - (alpha[index] ?? 0));
  return result;
}
