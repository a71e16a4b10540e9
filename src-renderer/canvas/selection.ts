import { boundsOfPoints, roundOut, union, type Point, type Rectangle } from '../document/geometry.ts';
import type { SelectionPart } from '../document/records.ts';
import { context, newSurface, type Context, type Surface } from './surface.ts';

/** Smallest rectangle that can hold the selection; null when nothing is selected. */
export function selectionBounds(parts: readonly SelectionPart[]): Rectangle | null {
  let bounds: Rectangle | null = null;
  for (const part of parts) if (part.mode === 'add') bounds = union(bounds, boundsOfPoints(part.points));
  return bounds && roundOut(bounds);
}

export function tracePoints(
  path: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void; closePath(): void },
  points: readonly Point[],
): void {
  points.forEach((point, index) => (index === 0 ? path.moveTo(point.x, point.y) : path.lineTo(point.x, point.y)));
  path.closePath();
}

/** The selection as opaque pixels of `area` (canvas space). */
export function selectionSurface(parts: readonly SelectionPart[], area: Rectangle): Surface {
  const surface = newSurface(area.width, area.height);
  const target = context(surface);
  target.translate(-area.x, -area.y);
  for (const part of parts) {
    target.globalCompositeOperation = part.mode === 'add' ? 'source-over' : 'destination-out';
    target.beginPath();
    tracePoints(target, part.points);
    target.fill();
  }
  return surface;
}

/** Keeps only what of `surface` (pixels of `area`, canvas space) lies in the selection; without a selection keeps all. */
export function clipToSelection(surface: Surface, area: Rectangle, parts: readonly SelectionPart[]): void {
  if (parts.length === 0) return;
  const target: Context = context(surface);
  target.save();
  target.setTransform(1, 0, 0, 1, 0, 0);
  target.globalCompositeOperation = 'destination-in';
  target.globalAlpha = 1;
  target.drawImage(selectionSurface(parts, area), 0, 0);
  target.restore();
}
