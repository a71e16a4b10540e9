import { canny, invert, luma, softEdges, type Extent } from '../canvas/edges.ts';
import { fetchTiles, flattenRasters, greySurface, tilesFromPicture } from '../canvas/layer-pixels.ts';
import { context } from '../canvas/surface.ts';
import { paintTiles } from '../document/commands.ts';
import type { ControlLayer } from '../document/records.ts';
import { tileEntries, type TileId, type TileKey } from '../document/tiles.ts';
import type { Studio } from './studio.svelte.ts';

export const edgePreprocessors: readonly {
  readonly id: string;
  readonly title: string;
  run(grey: Float32Array, extent: Extent): Uint8ClampedArray<ArrayBuffer>;
}[] = [
  { id: 'canny', title: 'Canny edges', run: (grey, extent) => canny(grey, extent) },
  { id: 'soft-edge', title: 'Soft edges', run: softEdges },
  { id: 'invert', title: 'Inverted drawing', run: invert },
];

/** Draws what the layer's preprocessor makes of the frame into the layer, where it can be corrected by hand. */
export async function preprocess({ document, canvas, toasts }: Studio, layer: ControlLayer): Promise<void> {
  const chosen = edgePreprocessors.find(({ id }) => id === layer.preprocessor);
  if (!chosen) return;
  const { frame } = document.canvas;
  const rasters = document.layers.filter((other) => other.kind === 'raster' && !other.hidden);
  if (rasters.length === 0) return toasts.show('info', 'There is no picture in the frame to draw lines from.');
  await fetchTiles(rasters, frame, canvas.tiles);
  const pixels = context(flattenRasters(rasters, frame, canvas.tiles)).getImageData(0, 0, frame.width, frame.height).data;
  const surface = greySurface(chosen.run(luma(pixels), frame), frame.width, frame.height);
  const patch: Record<TileKey, TileId | null> = {};
  for (const [key] of tileEntries(layer.tiles)) patch[key] = null;
  const drawn = tilesFromPicture(surface, { x: frame.x - layer.offset.x, y: frame.y - layer.offset.y }, canvas.tiles);
  document.apply(paintTiles(document.records, layer.id, { ...patch, ...drawn }, chosen.title));
}
