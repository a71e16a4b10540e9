import { clipToSelection, selectionBounds } from '../canvas/selection.ts';
import { context, decodePicture, newSurface, type Surface } from '../canvas/surface.ts';
import { layerSurface, patchByDrawing, roughBounds, tilesFromPicture } from '../canvas/layer-pixels.ts';
import { paintTiles } from '../document/commands.ts';
import { intersect, translate, type Point, type Rectangle } from '../document/geometry.ts';
import type { RasterLayer } from '../document/records.ts';
import type { CanvasManager } from './canvas-manager.svelte.ts';
import type { DocumentManager } from './document-manager.svelte.ts';

/** Pixels of the active layer inside the selection (else all of it), with the place they were taken from. */
export interface Piece {
  readonly surface: Surface;
  readonly area: Rectangle;
}

export function copyPiece(document: DocumentManager, canvas: CanvasManager): Piece | null {
  const layer = document.active;
  const bounds = layer && roughBounds(layer);
  if (!layer || !bounds) return null;
  const { selection } = document.canvas;
  const limit = selectionBounds(selection);
  const area = limit === null ? bounds : intersect(bounds, limit);
  if (area === null) return null;
  const surface = layerSurface(layer, area, canvas.tiles);
  clipToSelection(surface, area, selection);
  return { surface, area };
}

/** Takes the selected pixels (or all) out of the active layer. */
export function clearSelected(document: DocumentManager, canvas: CanvasManager, label: string): void {
  const layer = document.active;
  const piece = copyPiece(document, canvas);
  if (!layer || !piece) return;
  if (layer.locked) return canvas.notify(`${layer.name} is locked.`);
  const { selection } = document.canvas;
  const shape = newSurface(piece.area.width, piece.area.height);
  context(shape).fillRect(0, 0, piece.area.width, piece.area.height);
  clipToSelection(shape, piece.area, selection);
  const local = translate(piece.area, { x: -layer.offset.x, y: -layer.offset.y });
  const patch = patchByDrawing(layer, local, canvas.tiles, (target) => {
    target.globalCompositeOperation = 'destination-out';
    target.drawImage(shape, local.x, local.y);
  });
  document.apply(paintTiles(document.records, layer.id, patch, label));
}

/** A new raster layer with a picture, its corner at `at` of the canvas. */
export function addPictureLayer(
  document: DocumentManager,
  canvas: CanvasManager,
  picture: Surface,
  options: { at: Point; name: string },
): RasterLayer {
  const at = { x: Math.round(options.at.x), y: Math.round(options.at.y) };
  return document.addLayer('raster', { name: options.name, offset: at, tiles: tilesFromPicture(picture, { x: 0, y: 0 }, canvas.tiles) });
}

/** Where a picture is put that was dropped or pasted: its middle in the middle of the frame, or of what is seen when the frame is not. */
export function placeFor(
  document: DocumentManager,
  canvas: CanvasManager,
  picture: { readonly width: number; readonly height: number },
): Point {
  const visible = canvas.visible();
  const { frame } = document.canvas;
  const room = intersect(frame, visible) === null ? visible : frame;
  return { x: Math.round(room.x + (room.width - picture.width) / 2), y: Math.round(room.y + (room.height - picture.height) / 2) };
}

/** A picture as large as it is, or smaller when it has more than `maxPixels` on a side. */
export async function pictureFromBlob(blob: Blob, maxPixels = 8192): Promise<Surface> {
  const surface = await decodePicture(new Uint8Array(await blob.arrayBuffer()));
  const scale = Math.min(1, maxPixels / Math.max(surface.width, surface.height));
  if (scale === 1) return surface;
  const smaller = newSurface(Math.round(surface.width * scale), Math.round(surface.height * scale));
  context(smaller).drawImage(surface, 0, 0, smaller.width, smaller.height);
  return smaller;
}

export function fileStem(name: string): string {
  return name.replace(/\.[^.]+$/, '').slice(0, 100) || 'Picture';
}
