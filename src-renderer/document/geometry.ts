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

/** How the canvas is turned before one looks at it: mirrored left to right first, then turned clockwise by radians. */
export interface Turn {
  readonly angle: number;
  readonly isMirrored: boolean;
}

export const unturned: Turn = { angle: 0, isMirrored: false };

/** What the canvas element shows: screen = turn(canvas - origin) * scale. `origin` is the canvas point at the element's corner. */
export interface View extends Turn {
  readonly origin: Point;
  readonly scale: number;
}

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

/** The four corners, clockwise from the upper left. */
export function corners({ x, y, width, height }: Rectangle): [Point, Point, Point, Point] {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
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

/** CSS pixels that stay free around what is fitted: room for the bars that lie over the canvas. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly side: number;
}

/** Nearest multiple of `step`; ties go up. */
export function snap(value: number, step: number): number {
  return Math.floor(value / step + 0.5) * step;
}

/** Smallest frame around `area` whose sides are multiples of `step`, with the area in its middle. */
export function frameAround(area: Rectangle, step: number, maximum: number): Rectangle {
  const side = (length: number) => Math.min(maximum - (maximum % step), Math.max(64, Math.ceil(length / step) * step));
  const [width, height] = [side(area.width), side(area.height)];
  return { x: Math.round(area.x + (area.width - width) / 2), y: Math.round(area.y + (area.height - height) / 2), width, height };
}

export type Handle = 'n' | 's' | 'e' | 'w' | 'nw' | 'ne' | 'sw' | 'se';
export const handles: readonly Handle[] = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'];

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
