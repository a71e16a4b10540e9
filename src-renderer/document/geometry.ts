/** Points, rectangles and the view transform. Canvas space is in document pixels; screen space in CSS pixels of the canvas element. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Half-open rectangle: covers x <= px < x + width. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the canvas element shows: screen = (canvas - origin) * scale. */
export interface View {
  readonly origin: Point;
  readonly scale: number;
}

export const minScale = 1 / 32;
export const maxScale = 32;

export function isEmpty(rectangle: Rectangle): boolean {
  return rectangle.width <= 0 || rectangle.height <= 0;
}

export function intersect(a: Rectangle, b: Rectangle): Rectangle | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

export function union(a: Rectangle | null, b: Rectangle | null): Rectangle | null {
  if (a === null || isEmpty(a)) return b !== null && isEmpty(b) ? null : b;
  if (b === null || isEmpty(b)) return a;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

export function contains(rectangle: Rectangle, point: Point): boolean {
  return (
    point.x >= rectangle.x && point.y >= rectangle.y && point.x < rectangle.x + rectangle.width && point.y < rectangle.y + rectangle.height
  );
}

export function pad(rectangle: Rectangle, by: number): Rectangle {
  return { x: rectangle.x - by, y: rectangle.y - by, width: rectangle.width + 2 * by, height: rectangle.height + 2 * by };
}

export function translate(rectangle: Rectangle, by: Point): Rectangle {
  return { ...rectangle, x: rectangle.x + by.x, y: rectangle.y + by.y };
}

/** Smallest rectangle of whole pixels that covers `rectangle`. */
export function roundOut(rectangle: Rectangle): Rectangle {
  const x = Math.floor(rectangle.x);
  const y = Math.floor(rectangle.y);
  return { x, y, width: Math.ceil(rectangle.x + rectangle.width) - x, height: Math.ceil(rectangle.y + rectangle.height) - y };
}

/** The rectangle spanned by two corners in any order. */
export function fromCorners(a: Point, b: Point): Rectangle {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

export function boundsOfPoints(points: readonly Point[]): Rectangle | null {
  let bounds: { x: number; y: number; right: number; bottom: number } | null = null;
  for (const { x, y } of points) {
    if (bounds === null) bounds = { x, y, right: x, bottom: y };
    else {
      bounds.x = Math.min(bounds.x, x);
      bounds.y = Math.min(bounds.y, y);
      bounds.right = Math.max(bounds.right, x);
      bounds.bottom = Math.max(bounds.bottom, y);
    }
  }
  return bounds && { x: bounds.x, y: bounds.y, width: bounds.right - bounds.x, height: bounds.bottom - bounds.y };
}

export function toScreen(view: View, point: Point): Point {
  return { x: (point.x - view.origin.x) * view.scale, y: (point.y - view.origin.y) * view.scale };
}

export function toCanvas(view: View, point: Point): Point {
  return { x: point.x / view.scale + view.origin.x, y: point.y / view.scale + view.origin.y };
}

export function pan(view: View, screenDelta: Point): View {
  return { ...view, origin: { x: view.origin.x - screenDelta.x / view.scale, y: view.origin.y - screenDelta.y / view.scale } };
}

/** Scales about a point of the screen, which keeps showing the same canvas point. */
export function zoomAt(view: View, screenPoint: Point, factor: number): View {
  const scale = Math.min(maxScale, Math.max(minScale, view.scale * factor));
  const fixed = toCanvas(view, screenPoint);
  return { scale, origin: { x: fixed.x - screenPoint.x / scale, y: fixed.y - screenPoint.y / scale } };
}

/** CSS pixels that stay free around what is fitted: room for the bars that lie over the canvas. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly side: number;
}

/** The view that shows all of `rectangle` in the middle of a screen of `width` x `height` CSS pixels without its margins. */
export function fitView(rectangle: Rectangle, width: number, height: number, margins: Margins): View {
  const room = { width: Math.max(1, width - 2 * margins.side), height: Math.max(1, height - margins.top - margins.bottom) };
  const scale = Math.min(maxScale, Math.max(minScale, Math.min(room.width / rectangle.width, room.height / rectangle.height)));
  return pan(centreView(rectangle, width, height, scale), { x: 0, y: (margins.top - margins.bottom) / 2 });
}

export function centreView(rectangle: Rectangle, width: number, height: number, scale: number): View {
  return {
    scale,
    origin: {
      x: rectangle.x + rectangle.width / 2 - width / scale / 2,
      y: rectangle.y + rectangle.height / 2 - height / scale / 2,
    },
  };
}

/** Nearest multiple of `step`; ties go up. */
export function snap(value: number, step: number): number {
  return Math.floor(value / step + 0.5) * step;
}

export type Handle = 'n' | 's' | 'e' | 'w' | 'nw' | 'ne' | 'sw' | 'se';
export const handles: readonly Handle[] = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'];

export function handlePoint(rectangle: Rectangle, handle: Handle): Point {
  const x = handle.includes('w') ? 0 : handle.includes('e') ? 1 : 0.5;
  const y = handle.includes('n') ? 0 : handle.includes('s') ? 1 : 0.5;
  return { x: rectangle.x + x * rectangle.width, y: rectangle.y + y * rectangle.height };
}

export interface ResizeRules {
  readonly step: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Moves one edge or corner of a frame by `delta`; sides become multiples of `step` while the opposite edge stays where it is. */
export function resizeFrame(frame: Rectangle, handle: Handle, delta: Point, rules: ResizeRules): Rectangle {
  const side = (start: number, length: number, low: boolean, high: boolean, by: number): [number, number] => {
    if (!low && !high) return [start, length];
    const wanted = snap(low ? length - by : length + by, rules.step);
    const bounded = Math.min(rules.maximum, Math.max(rules.minimum, wanted));
    return [low ? start + length - bounded : start, bounded];
  };
  const [x, width] = side(frame.x, frame.width, handle.includes('w'), handle.includes('e'), delta.x);
  const [y, height] = side(frame.y, frame.height, handle.includes('n'), handle.includes('s'), delta.y);
  return { x, y, width, height };
}
