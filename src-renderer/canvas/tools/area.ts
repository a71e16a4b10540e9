import { canvasOf, paintTiles, setSelection } from '../../document/commands.ts';
import {
  boundsOfPoints,
  corners,
  fromCorners,
  intersect,
  roundOut,
  translate,
  type Point,
  type Rectangle,
} from '../../document/geometry.ts';
import type { Layer, SelectionPart } from '../../document/records.ts';
import { patchByDrawing } from '../layer-pixels.ts';
import { clipToSelection, selectionBounds, selectionSurface } from '../selection.ts';
import { context, type Surface } from '../surface.ts';
import { brushOf, type AreaAction, type Gesture, type PointerInput, type Tool, type ToolHost } from './tool.ts';

/** Rectangle and lasso: fill an area, erase it, or select it. With Shift a selection grows, with Alt it shrinks. */
export class AreaTool implements Tool {
  readonly name: 'rectangle' | 'lasso';

  constructor(name: 'rectangle' | 'lasso') {
    this.name = name;
  }

  cursor(): string {
    return 'crosshair';
  }

  down(host: ToolHost, start: PointerInput): Gesture | null {
    const action = host.options.areaAction;
    const first = whole(start.canvas);
    let points: Point[] = [first];
    const follow = (input: PointerInput) => {
      const at = whole(input.canvas);
      if (this.name === 'lasso') points = [...points, at];
      else points = corners(fromCorners(first, action !== 'select' && input.isShift ? square(first, at) : at));
      host.setDraft({ kind: 'area', points, action });
    };
    return {
      cursor: 'crosshair',
      move: follow,
      up: (input) => {
        follow(input);
        host.setDraft(null);
        finishArea(host, points, action, input);
      },
      cancel: () => host.setDraft(null),
    };
  }
}

function whole(point: Point): Point {
  return { x: Math.round(point.x), y: Math.round(point.y) };
}

function square(first: Point, at: Point): Point {
  const side = Math.max(Math.abs(at.x - first.x), Math.abs(at.y - first.y));
  return { x: first.x + Math.sign(at.x - first.x) * side, y: first.y + Math.sign(at.y - first.y) * side };
}

function finishArea(host: ToolHost, points: readonly Point[], action: AreaAction, input: PointerInput): void {
  const bounds = boundsOfPoints(points);
  const isNothing = bounds === null || bounds.width < 1 || bounds.height < 1;
  if (action === 'select') return select(host, isNothing ? null : points, input);
  if (isNothing) return;
  const layer = host.paintLayer();
  if (layer === null) return;
  const selection = canvasOf(host.records).selection;
  fillParts(host, layer, [{ mode: 'add', points }], selection, action === 'erase');
}

function select(host: ToolHost, points: readonly Point[] | null, input: PointerInput): void {
  const before = canvasOf(host.records).selection;
  if (points === null) {
    if (before.length > 0 && !input.isShift && !input.isAlt) host.apply(setSelection(host.records, [], 'Deselect'));
    return;
  }
  const part: SelectionPart = { mode: input.isAlt ? 'subtract' : 'add', points };
  host.apply(setSelection(host.records, input.isShift || input.isAlt ? [...before, part] : [part]));
}

/** Fills (or erases) the area of `parts` on a layer with the brush's colour, inside `selection` where there is one. */
export function fillParts(
  host: ToolHost,
  layer: Layer,
  parts: readonly SelectionPart[],
  selection: readonly SelectionPart[],
  isEraser: boolean,
): void {
  const wanted = selectionBounds(parts);
  const limit = selection.length === 0 ? wanted : wanted && intersect(wanted, selectionBounds(selection) ?? wanted);
  if (limit === null) return;
  const { colour, opacity } = brushOf(host.options, layer);
  const ink = selectionSurface(parts, limit);
  const paint = context(ink);
  paint.setTransform(1, 0, 0, 1, 0, 0);
  paint.globalCompositeOperation = 'source-in';
  paint.fillStyle = colour;
  paint.fillRect(0, 0, limit.width, limit.height);
  clipToSelection(ink, limit, selection);
  drawOnLayer(host, layer, { ink, area: limit, opacity, isEraser }, isEraser ? 'Erase an area' : 'Fill an area');
}

/** Lays pixels of `area` (canvas space) over a layer, or takes them away from it. */
export function drawOnLayer(
  host: ToolHost,
  layer: Layer,
  paint: { readonly ink: Surface; readonly area: Rectangle; readonly opacity: number; readonly isEraser: boolean },
  label: string,
): void {
  const local = roundOut(translate(paint.area, { x: -layer.offset.x, y: -layer.offset.y }));
  const patch = patchByDrawing(layer, local, host.tiles, (target) => {
    target.globalCompositeOperation = paint.isEraser ? 'destination-out' : 'source-over';
    target.globalAlpha = paint.opacity;
    target.drawImage(paint.ink, local.x, local.y);
  });
  host.apply(paintTiles(host.records, layer.id, patch, label));
}
