import { maxSide } from '../../src-main/contract/recipe.ts';
import { exactBounds, fetchTiles, layerSurface, patchByDrawing, tilesFromPicture, type Tiles } from '../canvas/layer-pixels.ts';
import { drawLayer, compositeOperation, roughBounds } from '../canvas/layer-pixels.ts';
import { selectionBounds, selectionSurface } from '../canvas/selection.ts';
import { context, newSurface, type Surface } from '../canvas/surface.ts';
import { fillParts } from '../canvas/tools/area.ts';
import { addLayers, mergeDown as mergeDelta, mergeTarget, setFrame, setSelection, together } from '../document/commands.ts';
import { corners, frameAround as aroundArea, translate, type Rectangle } from '../document/geometry.ts';
import { newLayer } from '../document/new-records.ts';
import type { Layer, LayerKind, RegionLayer, SelectionPart } from '../document/records.ts';
import type { Studio } from './studio.svelte.ts';

/** A new layer; control layers get the first model that fits, reference images ask for a picture. */
export function addLayer(studio: Studio, kind: LayerKind): void {
  if (kind !== 'control') {
    studio.document.addLayer(kind);
    return;
  }
  const model = controlModels(studio)[0];
  studio.document.addLayer('control', {
    model: model?.id ?? null,
    adapter: model?.kind === 't2i-adapter' ? 't2i-adapter' : 'controlnet',
  });
}

export function controlModels(studio: Studio) {
  const { model } = studio.document.settings;
  return [...studio.models.fitting('controlnet', model), ...studio.models.fitting('t2i-adapter', model)];
}

export function duplicate({ document }: Studio): void {
  if (document.active) document.duplicateLayer(document.active.id);
}

export function remove({ document }: Studio): void {
  if (document.active) document.removeLayer(document.active.id);
}

export function toggle({ document }: Studio, field: 'hidden' | 'locked', layer: Layer | null = document.active): void {
  if (!layer) return;
  const isOn = !layer[field];
  const verbs = field === 'hidden' ? (['Hide', 'Show'] as const) : (['Lock', 'Unlock'] as const);
  document.editLayer(layer, { [field]: isOn }, `${isOn ? verbs[0] : verbs[1]} ${layer.name}`);
}

export function shift({ document }: Studio, by: number): void {
  const { active, layers } = document;
  if (active) document.moveLayer(active.id, layers.indexOf(active) + by);
}

export function canMergeDown({ document }: Studio): boolean {
  return document.active !== null && mergeTarget(document.records, document.active.id) !== null;
}

/** The active layer's pixels go into the layer below it, with its opacity and blend mode. */
export async function mergeDown({ document, canvas }: Studio): Promise<void> {
  const upper = document.active;
  const lower = upper && mergeTarget(document.records, upper.id);
  const area = upper && roughBounds(upper);
  if (!upper || !lower) return;
  if (!area) return document.removeLayer(upper.id);
  await fetchTiles([upper, lower], area, canvas.tiles);
  const local = translate(area, { x: -lower.offset.x, y: -lower.offset.y });
  const ink = layerSurface(upper, area, canvas.tiles);
  const patch = patchByDrawing(lower, local, canvas.tiles, (target) => {
    target.globalAlpha = upper.opacity;
    if (upper.kind === 'raster') target.globalCompositeOperation = compositeOperation(upper.blend);
    target.drawImage(ink, local.x, local.y);
  });
  document.apply(mergeDelta(document.records, upper.id, lower.id, patch));
  document.setActive(lower.id);
}

/** A region with the same settings that covers all of the frame that this one leaves free. */
export function duplicateAsComplement({ document, canvas }: Studio): void {
  const region = document.active;
  if (region?.kind !== 'region') return;
  const { frame } = document.canvas;
  const index = document.layers.filter((layer) => layer.kind === 'region').length;
  const fresh = newLayer('region', document.newId(), index);
  const tiles = tilesFromPicture(complement(region, frame, canvas.tiles), { x: 0, y: 0 }, canvas.tiles);
  const copy: RegionLayer = {
    ...region,
    id: fresh.id,
    colour: fresh.colour,
    name: `${region.name} complement`,
    prompt: '',
    offset: { x: frame.x, y: frame.y },
    tiles,
  };
  document.apply(addLayers(document.records, [copy], region.id, 'Duplicate as complement'));
  document.setActive(copy.id);
}

/** White with the alpha that the layer lacks. */
function complement(layer: Layer, frame: Rectangle, tiles: Tiles): Surface {
  const surface = newSurface(frame.width, frame.height);
  const target = context(surface);
  target.fillStyle = '#fff';
  target.fillRect(0, 0, frame.width, frame.height);
  target.globalCompositeOperation = 'destination-out';
  drawLayer(target, layer, frame, tiles, null);
  return surface;
}

/** Selects what of the frame is not selected. Areas are added and taken away in order, so each turns into its opposite. */
export function invertSelection({ document }: Studio): void {
  const { selection, frame } = document.canvas;
  const inverse = selection.map((part): SelectionPart => ({ ...part, mode: part.mode === 'add' ? 'subtract' : 'add' }));
  document.apply(setSelection(document.records, [{ mode: 'add', points: corners(frame) }, ...inverse], 'Invert selection'));
}

/** A new region or mask that covers the selection, which it takes the place of. */
export function layerFromSelection(studio: Studio, kind: 'region' | 'mask'): void {
  const { document, canvas } = studio;
  const { selection } = document.canvas;
  const area = selectionBounds(selection);
  if (area === null) return;
  const index = document.layers.filter((layer) => layer.kind === kind).length;
  const tiles = tilesFromPicture(selectionSurface(selection, area), { x: 0, y: 0 }, canvas.tiles);
  const layer: Layer = { ...newLayer(kind, document.newId(), index), offset: { x: area.x, y: area.y }, tiles };
  const label = kind === 'region' ? 'Region from selection' : 'Inpaint mask from selection';
  const added = addLayers(document.records, [layer], document.activeId);
  document.apply(together(label, added, setSelection(document.records, [])));
  document.setActive(layer.id);
}

/** Puts the frame around the active layer's pixels or the selection. */
export function frameAround({ document, canvas }: Studio, what: 'layer' | 'selection'): void {
  const area =
    what === 'selection' ? selectionBounds(document.canvas.selection) : document.active && exactBounds(document.active, canvas.tiles);
  if (!area) return canvas.notify(what === 'selection' ? 'Nothing is selected.' : 'There is nothing on this layer.');
  document.apply(setFrame(document.records, aroundArea(area, canvas.options.frameStep, maxSide)));
  canvas.fitFrame();
}

/** Fills the selection, or the frame when there is none, with the brush's colour. */
export function fillSelection({ document, canvas }: Studio): void {
  const layer = canvas.paintLayer();
  if (!layer) return;
  const { selection, frame } = document.canvas;
  const parts = selection.length > 0 ? selection : [{ mode: 'add' as const, points: corners(frame) }];
  fillParts(canvas, layer, parts, selection, false);
}
