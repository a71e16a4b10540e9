import { handleDirection } from './box.ts';
import type { Handle, Point, Rectangle } from './geometry.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sides of a crop are at least this many pixels (or the picture's own side, when that is less). */
export const smallestCrop = 16;

/** The whole picture, or its largest square in the middle. */
export function wholeCrop({ width, height }: Size, isSquare: boolean): Rectangle {
  if (!isSquare) return { x: 0, y: 0, width, height };
  const side = Math.min(width, height);
  return { x: Math.round((width - side) / 2), y: Math.round((height - side) / 2), width: side, height: side };
}

/** A rectangle as one that lies in the picture, in whole pixels; a square gets its shorter side. */
export function fitCrop(crop: Rectangle, size: Size, isSquare: boolean): Rectangle {
  const side = Math.min(crop.width, crop.height);
  const width = clamp(Math.round(isSquare ? side : crop.width), Math.min(smallestCrop, size.width), size.width);
  const height = clamp(Math.round(isSquare ? side : crop.height), Math.min(smallestCrop, size.height), size.height);
  const wanted = isSquare ? { width: Math.min(width, height), height: Math.min(width, height) } : { width, height };
  return {
    x: clamp(Math.round(crop.x), 0, size.width - wanted.width),
    y: clamp(Math.round(crop.y), 0, size.height - wanted.height),
    ...wanted,
  };
}

export function moveCrop(crop: Rectangle, delta: Point, size: Size): Rectangle {
  return fitCrop({ ...crop, x: crop.x + delta.x, y: crop.y + delta.y }, size, false);
}

/** Drags one handle; the opposite side stays where it is, and the crop stays in the picture. */
export function resizeCrop(
  crop: Rectangle,
  handle: Handle,
  delta: Point,
  how: { readonly size: Size; readonly isSquare: boolean },
): Rectangle {
  const direction = handleDirection(handle);
  const room = {
    width: direction.x < 0 ? crop.x + crop.width : how.size.width - crop.x,
    height: direction.y < 0 ? crop.y + crop.height : how.size.height - crop.y,
  };
  let width = clamp(Math.round(crop.width + direction.x * delta.x), Math.min(smallestCrop, room.width), room.width);
  let height = clamp(Math.round(crop.height + direction.y * delta.y), Math.min(smallestCrop, room.height), room.height);
  if (how.isSquare) {
    const wanted = direction.x === 0 ? height : direction.y === 0 ? width : Math.max(width, height);
    width = Math.min(wanted, room.width, room.height);
    height = width;
  }
  return {
    x: direction.x < 0 ? crop.x + crop.width - width : crop.x,
    y: direction.y < 0 ? crop.y + crop.height - height : crop.y,
    width,
    height,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
