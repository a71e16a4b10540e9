import { canvasOf, editLayer, layerOf, paintTiles, setSelection, together } from '../../document/commands.ts';
import { moveBox, rotateBox, scaleBox, type Box } from '../../document/box.ts';
import type { Point } from '../../document/geometry.ts';
import type { Layer } from '../../document/records.ts';
import { roughBounds } from '../layer-pixels.ts';
import { boxBounds, lift, livePixels, putIntoLayer, transformBox, type Lifted } from '../transform.ts';
import { handleAt, handleCursor, isOnKnob } from './handles.ts';
import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** With Shift, turning stops at multiples of this. */
const turnStep = Math.PI / 12;

/**
 * Moves the active layer (or what a selection holds of it) by dragging, scales it by the handles of its box (Shift lets go of the
 * proportions, Alt keeps the middle), turns it by the knob above. With Control the layer under the pointer is taken up.
 */
export class MoveTool implements Tool {
  readonly name = 'move';

  cursor(host: ToolHost, input: PointerInput | null): string {
    const box = activeBox(host);
    if (!box || !input) return 'move';
    if (isOnKnob(host.view, box, input.screen)) return 'grab';
    const handle = handleAt(host.view, box, input.screen);
    return handle ? handleCursor(host.view, box, handle) : 'move';
  }

  down(host: ToolHost, start: PointerInput): Gesture | null {
    if (start.isControl) host.activateAt(start.canvas);
    const layer = host.activeLayer();
    if (layer === null || layer.kind === 'reference') return null;
    if (!host.mayChange(layer)) return null;
    const box = activeBox(host);
    if (box === null) return null;
    const handle = start.isControl ? null : handleAt(host.view, box, start.screen);
    const isTurning = !start.isControl && handle === null && isOnKnob(host.view, box, start.screen);
    const hasSelection = canvasOf(host.records).selection.length > 0;
    if (handle === null && !isTurning && !hasSelection) return moving(host, layer, start);
    const change = (before: Box, input: PointerInput): Box => {
      const delta = difference(input.canvas, start.canvas);
      if (isTurning) return rotateBox(before, inLayer(layer, start.canvas), inLayer(layer, input.canvas), input.isShift ? turnStep : null);
      if (handle === null) return moveBox(before, { x: Math.round(delta.x), y: Math.round(delta.y) });
      return scaleBox(before, handle, delta, { keepsProportions: !input.isShift, isFromMiddle: input.isAlt });
    };
    const words = isTurning ? 'Turn' : handle === null ? 'Move' : 'Scale';
    const cursor = isTurning ? 'grabbing' : handle === null ? 'move' : handleCursor(host.view, box, handle);
    return transforming(host, layer, { change, label: `${words} ${layer.name}`, cursor });
  }
}

function activeBox(host: ToolHost): Box | null {
  const layer = host.activeLayer();
  if (layer === null || layer.locked || layer.kind === 'reference') return null;
  return transformBox(layer, canvasOf(host.records).selection, host.tiles);
}

function difference(a: Point, b: Point): Point {
  return { x: a.x - b.x, y: a.y - b.y };
}

function inLayer(layer: Layer, point: Point): Point {
  return difference(point, layer.offset);
}

function moving(host: ToolHost, layer: Layer, start: PointerInput): Gesture {
  const old = roughBounds(layer);
  let offset = layer.offset;
  const redraw = () => {
    if (old) host.markDirty(old);
    const now = roughBounds({ ...layer, offset });
    if (now) host.markDirty(now);
  };
  return {
    cursor: 'move',
    move: (input) => {
      redraw();
      const delta = straight(difference(input.canvas, start.canvas), input.isShift);
      offset = { x: layer.offset.x + Math.round(delta.x), y: layer.offset.y + Math.round(delta.y) };
      host.setLive({ layer: layer.id, tiles: new Map(), moved: { offset } });
      redraw();
    },
    up: () => {
      host.setLive(null);
      host.apply(editLayer(host.records, layer.id, { offset }, `Move ${layer.name}`));
      redraw();
    },
    cancel: () => {
      host.setLive(null);
      redraw();
    },
  };
}

/** With Shift a layer moves along one axis only. */
function straight({ x, y }: Point, isStraight: boolean): Point {
  if (!isStraight) return { x, y };
  return Math.abs(x) > Math.abs(y) ? { x, y: 0 } : { x: 0, y };
}

interface Transforming {
  change(before: Box, input: PointerInput): Box;
  readonly label: string;
  readonly cursor: string;
}

function transforming(host: ToolHost, layer: Layer, { change, label, cursor }: Transforming): Gesture | null {
  const lifted = lift(layer, canvasOf(host.records).selection, host.tiles);
  if (lifted === null) return null;
  let box = lifted.box;
  const dirty = () => host.markDirty(boxBounds(layer, lifted, box));
  const end = () => {
    host.setLive(null);
    host.setDraft(null);
    const old = roughBounds(layer);
    if (old) host.markDirty(old);
    dirty();
  };
  return {
    cursor,
    move: (input) => {
      dirty();
      box = change(lifted.box, input);
      host.setLive(livePixels(layer, lifted, box));
      host.setDraft({ kind: 'box', box: moveBox(box, layer.offset) });
      dirty();
    },
    up: () => {
      end();
      if (box !== lifted.box) applyBox(host, layer, lifted, box, label);
    },
    cancel: end,
  };
}

function applyBox(host: ToolHost, layer: Layer, lifted: Lifted, box: Box, label: string): void {
  const { patch, selection, remember } = putIntoLayer(layer, lifted, box, host.tiles);
  const paint = paintTiles(host.records, layer.id, patch, label);
  host.apply(together(label, paint, setSelection(host.records, selection)));
  const after = layerOf(host.records, layer.id);
  if (after) remember(after.tiles);
}

/** Changes the box of the active layer (or of what is selected of it) at once: nudging, flipping, quarter turns. */
export function changeBox(host: ToolHost, change: (box: Box) => Box, label: (layer: Layer) => string): void {
  const layer = host.activeLayer();
  if (layer === null || layer.kind === 'reference' || !host.mayChange(layer)) return;
  const lifted = lift(layer, canvasOf(host.records).selection, host.tiles);
  if (lifted === null) return host.notify('There is nothing on this layer to change.');
  const box = change(lifted.box);
  applyBox(host, layer, lifted, box, label(layer));
  host.markDirty(boxBounds(layer, lifted, box));
}
