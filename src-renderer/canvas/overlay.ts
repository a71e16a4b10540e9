import { boxCorners, boxOf, boxPoint, type Box } from '../document/box.ts';
import { boundsOfPoints, corners, intersect, pad, type Point, type Rectangle, type View } from '../document/geometry.ts';
import { toScreen } from '../document/view.ts';
import type { SelectionPart } from '../document/records.ts';
import { tracePoints } from './selection.ts';
import { handlePoints, knobPoint } from './tools/handles.ts';
import type { Draft } from './tools/tool.ts';

export interface OverlayColours {
  readonly accent: string;
  /** Laid over everything outside the frame. */
  readonly shade: string;
  readonly handle: string;
}

export interface Outline {
  readonly loops: readonly (readonly Point[])[];
  readonly offset: Point;
  readonly colour: string;
  readonly isActive: boolean;
  /** The canvas in which it may lie over others of its kind, which is then shown; null for what may do so unseen. */
  readonly bounds: Rectangle | null;
}

export interface OverlayState {
  readonly view: View;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly frame: Rectangle;
  readonly hasFrameHandles: boolean;
  readonly selection: readonly SelectionPart[];
  /** Borders of regions and masks, in canvas space. */
  readonly outlines: readonly Outline[];
  readonly draft: Draft | null;
  /** Box with handles around the active layer. */
  readonly box: Box | null;
  readonly brush: { readonly at: Point; readonly diameter: number } | null;
  /** Where a straight stroke would go, in canvas space. */
  readonly line: readonly [Point, Point] | null;
  /** Phase of the moving dashes, in CSS pixels. */
  readonly dash: number;
  readonly colours: OverlayColours;
}

/** Everything that is drawn over the picture and is not part of it. Lines are one CSS pixel whatever the zoom. */
export function drawOverlay(target: CanvasRenderingContext2D, state: OverlayState): void {
  target.setTransform(state.ratio, 0, 0, state.ratio, 0, 0);
  target.clearRect(0, 0, state.width, state.height);
  const frame = state.draft?.kind === 'frame' ? state.draft.frame : state.frame;
  drawFrame(target, state, frame);
  drawOverlaps(target, state);
  for (const outline of state.outlines) drawOutline(target, state.view, outline);
  if (state.selection.length > 0) drawSelection(target, state);
  if (state.draft?.kind === 'area') drawDraft(target, state, state.draft);
  const box = state.draft?.kind === 'box' ? state.draft.box : state.box;
  if (box) drawBox(target, state, box);
  if (state.line) drawLine(target, state, state.line);
  if (state.brush) drawBrush(target, state.brush.at, state.brush.diameter * state.view.scale);
}

/** Begins a path around points of the canvas. */
function trace(target: CanvasRenderingContext2D, view: View, points: readonly Point[]): void {
  target.beginPath();
  tracePoints(
    target,
    points.map((point) => toScreen(view, point)),
  );
}

/** Strokes a rectangle of the canvas `by` CSS pixels outside of its edge. */
function strokeAround(target: CanvasRenderingContext2D, view: View, rectangle: Rectangle, by: number): void {
  trace(target, view, corners(pad(rectangle, by / view.scale)));
  target.stroke();
}

function drawFrame(target: CanvasRenderingContext2D, state: OverlayState, frame: Rectangle): void {
  target.fillStyle = state.colours.shade;
  trace(target, state.view, corners(frame));
  target.rect(0, 0, state.width, state.height);
  target.fill('evenodd');
  target.lineWidth = 1;
  target.setLineDash([]);
  target.strokeStyle = 'rgb(0 0 0 / 60%)';
  strokeAround(target, state.view, frame, 0.5);
  target.strokeStyle = state.colours.accent;
  strokeAround(target, state.view, frame, 1.5);
  if (state.hasFrameHandles) drawHandles(target, state, boxOf(frame));
}

function outlinePath(view: View, { loops, offset }: Outline): Path2D {
  const path = new Path2D();
  for (const loop of loops)
    tracePoints(
      path,
      loop.map(({ x, y }) => toScreen(view, { x: x + offset.x, y: y + offset.y })),
    );
  return path;
}

/** CSS pixels between two lines of the hatching. */
const hatch = 9;

/** Hatches where regions lie over each other. */
function drawOverlaps(target: CanvasRenderingContext2D, state: OverlayState): void {
  for (const [index, first] of state.outlines.entries()) {
    for (const second of state.outlines.slice(index + 1)) {
      const common = first.bounds && second.bounds && intersect(first.bounds, second.bounds);
      if (!common) continue;
      target.save();
      target.clip(outlinePath(state.view, first), 'evenodd');
      target.clip(outlinePath(state.view, second), 'evenodd');
      drawHatching(target, boundsOfPoints(corners(common).map((corner) => toScreen(state.view, corner))) as Rectangle);
      target.restore();
    }
  }
}

function drawHatching(target: CanvasRenderingContext2D, { x, y, width, height }: Rectangle): void {
  target.beginPath();
  // Lines keep their distance from the screen's corner, so that they run on from one overlap to the next.
  const first = Math.floor((x + y) / hatch) * hatch;
  for (let at = first; at < x + width + y + height; at += hatch) {
    target.moveTo(at - y, y);
    target.lineTo(at - y - height, y + height);
  }
  target.setLineDash([]);
  target.lineWidth = 1;
  target.strokeStyle = 'rgb(255 255 255 / 45%)';
  target.stroke();
}

function drawOutline(target: CanvasRenderingContext2D, view: View, outline: Outline): void {
  const { colour, isActive } = outline;
  const path = outlinePath(view, outline);
  target.lineJoin = 'round';
  target.setLineDash([]);
  target.lineWidth = isActive ? 3.5 : 2.5;
  target.strokeStyle = 'rgb(0 0 0 / 35%)';
  target.stroke(path);
  target.setLineDash([6, 4]);
  target.lineWidth = isActive ? 2 : 1.25;
  target.strokeStyle = colour;
  target.stroke(path);
  target.setLineDash([]);
}

function drawHandles(target: CanvasRenderingContext2D, state: OverlayState, box: Box): void {
  for (const { at } of handlePoints(state.view, box)) drawHandle(target, state, at, 2);
}

function drawHandle(target: CanvasRenderingContext2D, state: OverlayState, { x, y }: Point, corner: number): void {
  target.fillStyle = state.colours.handle;
  target.strokeStyle = state.colours.accent;
  target.lineWidth = 1.5;
  target.beginPath();
  target.roundRect(x - 4, y - 4, 8, 8, corner);
  target.fill();
  target.stroke();
}

/** The box with its handles and the knob that turns it. */
function drawBox(target: CanvasRenderingContext2D, state: OverlayState, box: Box): void {
  target.setLineDash([]);
  target.lineWidth = 1;
  target.strokeStyle = state.colours.accent;
  trace(target, state.view, boxCorners(box));
  const top = toScreen(state.view, boxPoint(box, { x: 0, y: -1 }));
  const knob = knobPoint(state.view, box);
  target.moveTo(top.x, top.y);
  target.lineTo(knob.x, knob.y);
  target.stroke();
  drawHandles(target, state, box);
  drawHandle(target, state, knob, 4);
}

function drawSelection(target: CanvasRenderingContext2D, state: OverlayState): void {
  const path = new Path2D();
  for (const part of state.selection)
    tracePoints(
      path,
      part.points.map((point) => toScreen(state.view, point)),
    );
  marchingAnts(target, path, state.dash);
}

function marchingAnts(target: CanvasRenderingContext2D, path: Path2D, dash: number): void {
  target.lineWidth = 1;
  target.setLineDash([]);
  target.strokeStyle = 'rgb(0 0 0 / 80%)';
  target.stroke(path);
  target.setLineDash([4, 4]);
  target.lineDashOffset = -dash;
  target.strokeStyle = '#fff';
  target.stroke(path);
  target.setLineDash([]);
}

function drawDraft(target: CanvasRenderingContext2D, state: OverlayState, draft: Extract<Draft, { kind: 'area' }>): void {
  const path = new Path2D();
  tracePoints(
    path,
    draft.points.map((point) => toScreen(state.view, point)),
  );
  if (draft.action !== 'select') {
    target.fillStyle = draft.action === 'fill' ? 'rgb(255 255 255 / 18%)' : 'rgb(0 0 0 / 30%)';
    target.fill(path);
  }
  marchingAnts(target, path, 0);
}

function drawLine(target: CanvasRenderingContext2D, state: OverlayState, line: readonly [Point, Point]): void {
  const path = new Path2D();
  const [from, to] = line.map((point) => toScreen(state.view, point));
  if (!from || !to) return;
  path.moveTo(from.x, from.y);
  path.lineTo(to.x, to.y);
  marchingAnts(target, path, 0);
}

/** Below this a ring alone is hard to find: a cross marks the place. */
const smallestRing = 7;

function drawBrush(target: CanvasRenderingContext2D, at: Point, diameter: number): void {
  target.setLineDash([]);
  target.lineWidth = 1;
  const circle = (radius: number, colour: string) => {
    target.beginPath();
    target.arc(at.x, at.y, Math.max(0.5, radius), 0, 2 * Math.PI);
    target.strokeStyle = colour;
    target.stroke();
  };
  circle(diameter / 2, 'rgb(255 255 255 / 90%)');
  circle(diameter / 2 + 1, 'rgb(0 0 0 / 55%)');
  if (diameter >= smallestRing) return;
  for (const [width, colour] of [
    [3, 'rgb(0 0 0 / 55%)'],
    [1, '#fff'],
  ] as const) {
    target.lineWidth = width;
    target.strokeStyle = colour;
    target.beginPath();
    for (const [x, y] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      target.moveTo(at.x + 5 * x, at.y + 5 * y);
      target.lineTo(at.x + 10 * x, at.y + 10 * y);
    }
    target.stroke();
  }
}
