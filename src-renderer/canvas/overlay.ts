import { handlePoint, handles, toScreen, type Point, type Rectangle, type View } from '../document/geometry.ts';
import type { SelectionPart } from '../document/records.ts';
import { tracePoints } from './selection.ts';
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
  readonly box: Rectangle | null;
  readonly brush: { readonly at: Point; readonly diameter: number } | null;
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
  for (const outline of state.outlines) drawOutline(target, state.view, outline);
  if (state.selection.length > 0) drawSelection(target, state);
  if (state.draft?.kind === 'area') drawDraft(target, state, state.draft);
  const box = state.draft?.kind === 'box' ? state.draft.box : state.box;
  if (box) drawBox(target, state, box);
  if (state.brush) drawBrush(target, state.brush.at, state.brush.diameter * state.view.scale);
}

function screenRectangle(view: View, rectangle: Rectangle): Rectangle {
  const corner = toScreen(view, rectangle);
  return { x: corner.x, y: corner.y, width: rectangle.width * view.scale, height: rectangle.height * view.scale };
}

function drawFrame(target: CanvasRenderingContext2D, state: OverlayState, frame: Rectangle): void {
  const { x, y, width, height } = screenRectangle(state.view, frame);
  target.fillStyle = state.colours.shade;
  target.beginPath();
  target.rect(0, 0, state.width, state.height);
  target.rect(x, y, width, height);
  target.fill('evenodd');
  target.lineWidth = 1;
  target.setLineDash([]);
  target.strokeStyle = 'rgb(0 0 0 / 60%)';
  target.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  target.strokeStyle = state.colours.accent;
  target.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
  if (state.hasFrameHandles) drawHandles(target, state, frame);
}

function drawOutline(target: CanvasRenderingContext2D, view: View, { loops, offset, colour, isActive }: Outline): void {
  target.beginPath();
  for (const loop of loops)
    tracePoints(
      target,
      loop.map(({ x, y }) => toScreen(view, { x: x + offset.x, y: y + offset.y })),
    );
  target.lineJoin = 'round';
  target.setLineDash([]);
  target.lineWidth = isActive ? 3.5 : 2.5;
  target.strokeStyle = 'rgb(0 0 0 / 35%)';
  target.stroke();
  target.setLineDash([6, 4]);
  target.lineWidth = isActive ? 2 : 1.25;
  target.strokeStyle = colour;
  target.stroke();
  target.setLineDash([]);
}

function drawHandles(target: CanvasRenderingContext2D, state: OverlayState, rectangle: Rectangle): void {
  for (const handle of handles) {
    const { x, y } = toScreen(state.view, handlePoint(rectangle, handle));
    target.fillStyle = state.colours.handle;
    target.strokeStyle = state.colours.accent;
    target.lineWidth = 1.5;
    target.beginPath();
    target.roundRect(x - 4, y - 4, 8, 8, 2);
    target.fill();
    target.stroke();
  }
}

function drawBox(target: CanvasRenderingContext2D, state: OverlayState, box: Rectangle): void {
  const { x, y, width, height } = screenRectangle(state.view, box);
  target.setLineDash([]);
  target.lineWidth = 1;
  target.strokeStyle = state.colours.accent;
  target.strokeRect(x, y, width, height);
  drawHandles(target, state, box);
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
}
