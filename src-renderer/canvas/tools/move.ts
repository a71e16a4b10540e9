import { editLayer, paintTiles, together } from '../../document/commands.ts';
import type { Delta } from '../../document/delta.ts';
import { contains, pad, type Handle, type Point, type Rectangle } from '../../document/geometry.ts';
import type { Layer } from '../../document/records.ts';
import { tileEntries, type TileId, type TileKey, type TilePatch } from '../../document/tiles.ts';
import { exactBounds, layerSurface, roughBounds, tilesFromPicture, type LivePixels } from '../layer-pixels.ts';
import { context, newSurface, type Surface } from '../surface.ts';
import { handleAt } from './frame.ts';
import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** Moves the active layer by dragging it, scales it by the handles around its pixels (Shift lets go of the proportions). */
export class MoveTool implements Tool {
  readonly name = 'move';

  cursor(host: ToolHost, input: PointerInput | null): string {
    const layer = host.activeLayer();
    const box = layer && exactBounds(layer, host.tiles);
    const handle = box && input && handleAt(host, box, input);
    return handle ? `${handle}-resize` : 'move';
  }

  down(host: ToolHost, start: PointerInput): Gesture | null {
    const layer = host.activeLayer();
    if (layer === null || layer.kind === 'reference') return null;
    if (layer.locked) {
      host.notify(`${layer.name} is locked.`);
      return null;
    }
    const box = exactBounds(layer, host.tiles);
    if (box === null) return null;
    const handle = handleAt(host, box, start);
    if (handle !== null) return scaling(host, layer, box, handle, start);
    return contains(pad(box, 10_000), start.canvas) ? moving(host, layer, start) : null;
  }
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
      offset = {
        x: layer.offset.x + Math.round(input.canvas.x - start.canvas.x),
        y: layer.offset.y + Math.round(input.canvas.y - start.canvas.y),
      };
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

function scaling(host: ToolHost, layer: Layer, box: Rectangle, handle: Handle, start: PointerInput): Gesture {
  const source = layerSurface(layer, box, host.tiles);
  let target = box;
  let live: LivePixels | null = null;
  return {
    cursor: `${handle}-resize`,
    move: (input) => {
      const delta = { x: input.canvas.x - start.canvas.x, y: input.canvas.y - start.canvas.y };
      host.markDirty(target);
      target = scaledBox(box, handle, delta, !input.isShift);
      live = { layer: layer.id, tiles: livePatch(host, layer, source, target) };
      host.setLive(live);
      host.setDraft({ kind: 'box', box: target });
      host.markDirty(box);
      host.markDirty(target);
    },
    up: () => {
      host.setLive(null);
      host.setDraft(null);
      host.apply(scaleDelta(host, layer, source, target));
      host.markDirty(box);
      host.markDirty(target);
    },
    cancel: () => {
      host.setLive(null);
      host.setDraft(null);
      host.markDirty(box);
      host.markDirty(target);
    },
  };
}

/** The box after dragging one handle; corners keep the proportions when asked to. */
export function scaledBox(box: Rectangle, handle: Handle, delta: Point, keepsProportions: boolean): Rectangle {
  const horizontal = handle.includes('w') ? -1 : handle.includes('e') ? 1 : 0;
  const vertical = handle.includes('n') ? -1 : handle.includes('s') ? 1 : 0;
  let width = Math.max(1, box.width + horizontal * delta.x);
  let height = Math.max(1, box.height + vertical * delta.y);
  if (keepsProportions && horizontal !== 0 && vertical !== 0) {
    const factor = Math.max(width / box.width, height / box.height);
    width = box.width * factor;
    height = box.height * factor;
  }
  width = Math.max(1, Math.round(width));
  height = Math.max(1, Math.round(height));
  return {
    x: horizontal < 0 ? box.x + box.width - width : box.x,
    y: vertical < 0 ? box.y + box.height - height : box.y,
    width,
    height,
  };
}

function scaledPixels(source: Surface, target: Rectangle): Surface {
  const result = newSurface(target.width, target.height);
  const pen = context(result);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(source, 0, 0, target.width, target.height);
  return result;
}

function newTiles(host: ToolHost, layer: Layer, source: Surface, target: Rectangle): Record<TileKey, TileId> {
  const at = { x: target.x - layer.offset.x, y: target.y - layer.offset.y };
  return tilesFromPicture(scaledPixels(source, target), at, host.tiles);
}

function livePatch(host: ToolHost, layer: Layer, source: Surface, target: Rectangle): Map<TileKey, Surface | null> {
  const result = new Map<TileKey, Surface | null>();
  for (const [key] of tileEntries(layer.tiles)) result.set(key, null);
  for (const [key, id] of tileEntries(newTiles(host, layer, source, target))) result.set(key, host.tiles.get(id) ?? null);
  return result;
}

function scaleDelta(host: ToolHost, layer: Layer, source: Surface, target: Rectangle): Delta {
  const patch: Record<TileKey, TileId | null> = {};
  for (const [key] of tileEntries(layer.tiles)) patch[key] = null;
  const all: TilePatch = { ...patch, ...newTiles(host, layer, source, target) };
  return together(`Scale ${layer.name}`, paintTiles(host.records, layer.id, all, ''));
}
