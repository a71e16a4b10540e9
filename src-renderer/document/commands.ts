import { tilesChange, updateChange, type Change, type Delta, type RecordMap } from './delta.ts';
import type { Rectangle } from './geometry.ts';
import { layerKindNames } from './new-records.ts';
import type { CanvasRecord, DocumentRecord, Layer, LayerId, SelectionPart, SettingsRecord } from './records.ts';
import type { TilePatch } from './tiles.ts';

/** Commands look at the records and answer with the delta to apply; they change nothing themselves. */

export function canvasOf(records: RecordMap): CanvasRecord {
  return records.get('canvas') as CanvasRecord;
}

export function settingsOf(records: RecordMap): SettingsRecord {
  return records.get('settings') as SettingsRecord;
}

export function layerOf(records: RecordMap, id: LayerId | null): Layer | null {
  const record = id === null ? undefined : records.get(id);
  return record?.type === 'layer' ? record : null;
}

/** Layers from top to bottom. */
export function layersOf(records: RecordMap): Layer[] {
  return canvasOf(records).order.flatMap((id) => layerOf(records, id) ?? []);
}

/** Puts new layers, topmost first, above the layer `above`, or on top of all. */
export function addLayers(records: RecordMap, layers: readonly Layer[], above: LayerId | null, label?: string): Delta {
  const canvas = canvasOf(records);
  const at = above === null ? 0 : Math.max(0, canvas.order.indexOf(above));
  const order = [...canvas.order.slice(0, at), ...layers.map((layer) => layer.id), ...canvas.order.slice(at)];
  const first = layers[0];
  return {
    label: label ?? `Add ${first ? layerKindNames[first.kind].toLowerCase() : 'layer'}`,
    changes: [...layers.map((record): Change => ({ type: 'create', record })), ...update(canvas, { order })],
  };
}

export function removeLayer(records: RecordMap, id: LayerId): Delta {
  const layer = layerOf(records, id);
  if (layer === null) return { label: 'Delete layer', changes: [] };
  const canvas = canvasOf(records);
  const users = layersOf(records).filter((other) => 'maskLayer' in other && other.maskLayer === id);
  return {
    label: `Delete ${layer.name}`,
    changes: [
      ...users.flatMap((user) => update(user, { maskLayer: null })),
      ...update(canvas, { order: canvas.order.filter((other) => other !== id) }),
      { type: 'remove', record: layer },
    ],
  };
}

/** A copy directly above the original; pixels are shared, since tiles never change. */
export function duplicateLayer(records: RecordMap, id: LayerId, copyId: LayerId): Delta {
  const layer = layerOf(records, id);
  if (layer === null) return { label: 'Duplicate layer', changes: [] };
  return addLayers(records, [{ ...layer, id: copyId, name: `${layer.name} copy` }], id, `Duplicate ${layer.name}`);
}

/** Moves a layer to `index` in the list from top to bottom. */
export function reorderLayer(records: RecordMap, id: LayerId, index: number): Delta {
  const canvas = canvasOf(records);
  const rest = canvas.order.filter((other) => other !== id);
  const at = Math.min(rest.length, Math.max(0, index));
  return { label: 'Reorder layers', changes: update(canvas, { order: [...rest.slice(0, at), id, ...rest.slice(at)] }) };
}

/** `gesture` names what the person is doing (a slider, typing in one field): consecutive changes of it are one step of the history. */
export function editLayer(records: RecordMap, id: LayerId, fields: Partial<Layer>, label: string, gesture?: string): Delta {
  const layer = layerOf(records, id);
  const changes = layer === null ? [] : update(layer, fields);
  return { label, changes, ...(gesture !== undefined && { mergeKey: `${id}:${gesture}` }) };
}

export function editSettings(records: RecordMap, fields: Partial<SettingsRecord>, label: string, gesture?: string): Delta {
  return { label, changes: update(settingsOf(records), fields), ...(gesture !== undefined && { mergeKey: `settings:${gesture}` }) };
}

export function setFrame(records: RecordMap, frame: Rectangle): Delta {
  return { label: 'Change the frame', changes: update(canvasOf(records), { frame }) };
}

export function setSelection(records: RecordMap, selection: readonly SelectionPart[], label = 'Select'): Delta {
  return { label, changes: update(canvasOf(records), { selection }) };
}

export function paintTiles(records: RecordMap, id: LayerId, patch: TilePatch, label: string): Delta {
  const layer = layerOf(records, id);
  if (layer === null || Object.keys(patch).length === 0) return { label, changes: [] };
  return { label, changes: [tilesChange(layer, patch)] };
}

/** The lower layer takes the merged pixels, the upper one goes. */
export function mergeDown(records: RecordMap, upper: LayerId, lower: LayerId, patch: TilePatch): Delta {
  const target = layerOf(records, lower);
  const removal = removeLayer(records, upper);
  if (target === null) return { label: 'Merge down', changes: [] };
  return { label: `Merge into ${target.name}`, changes: [tilesChange(target, patch), ...removal.changes] };
}

/** Several commands as one step. Each sees the records as they were before the first: they must touch different fields. */
export function together(label: string, ...deltas: readonly Delta[]): Delta {
  return { label, changes: deltas.flatMap((delta) => delta.changes) };
}

/** The layer that merging `id` down would merge into: the next one below of the same kind, if it is the very next and not locked. */
export function mergeTarget(records: RecordMap, id: LayerId): Layer | null {
  const layers = layersOf(records);
  const at = layers.findIndex((layer) => layer.id === id);
  const below = layers[at + 1];
  return at >= 0 && below?.kind === layers[at]?.kind && below?.locked === false && below.kind !== 'reference' ? below : null;
}

function update<R extends DocumentRecord>(record: R, fields: Partial<R>): Change[] {
  const change = updateChange(record, fields);
  return change === null ? [] : [change];
}
