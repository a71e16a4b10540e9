import type { Affine } from './affine.ts';
import { type Handle, type Point, type Rectangle } from './geometry.ts';
import { normalAngle } from './view.ts';

/** Where a picture lies when it may be turned and flipped. The angle is in radians, clockwise. */
export interface Box {
  readonly centre: Point;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly isFlippedX: boolean;
  readonly isFlippedY: boolean;
}

export function boxOf({ x, y, width, height }: Rectangle): Box {
  return { centre: { x: x + width / 2, y: y + height / 2 }, width, height, angle: 0, isFlippedX: false, isFlippedY: false };
}

/** Cosine and sine; exact for quarter turns, so that pixels stay pixels. */
function cosSin(angle: number): readonly [number, number] {
  const quarters = angle / (Math.PI / 2);
  const whole = Math.round(quarters);
  if (Math.abs(quarters - whole) > 1e-9) return [Math.cos(angle), Math.sin(angle)];
  const turned = ((whole % 4) + 4) % 4;
  return ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[turned as 0 | 1 | 2 | 3]; // prettier-ignore
}

/** A distance along the box's own sides as a distance outside, or the other way with `by` -1. */
function turned({ angle }: Box, { x, y }: Point, by: 1 | -1 = 1): Point {
  const [cos, sin] = cosSin(angle);
  return { x: x * cos - by * y * sin, y: by * x * sin + y * cos };
}

/** -1, 0 or 1 along each side: which way a handle points from the middle. */
export function handleDirection(handle: Handle): Point {
  return {
    x: handle.includes('w') ? -1 : handle.includes('e') ? 1 : 0,
    y: handle.includes('n') ? -1 : handle.includes('s') ? 1 : 0,
  };
}

export function boxPoint(box: Box, direction: Point): Point {
  const out = turned(box, { x: (direction.x * box.width) / 2, y: (direction.y * box.height) / 2 });
  return { x: box.centre.x + out.x, y: box.centre.y + out.y };
}

export function boxCorners(box: Box): Point[] {
  return (['nw', 'ne', 'se', 'sw'] as const).map((handle) => boxPoint(box, handleDirection(handle)));
}

/** Maps pixels of a picture of `size` into the box. */
export function boxMatrix(box: Box, size: { readonly width: number; readonly height: number }): Affine {
  const [cos, sin] = cosSin(box.angle);
  const across = (box.isFlippedX ? -1 : 1) * (box.width / size.width);
  const along = (box.isFlippedY ? -1 : 1) * (box.height / size.height);
  const [a, b, c, d] = [across * cos, across * sin, -along * sin, along * cos];
  const middle = { x: size.width / 2, y: size.height / 2 };
  return [a, b, c, d, box.centre.x - a * middle.x - c * middle.y, box.centre.y - b * middle.x - d * middle.y];
}

export function moveBox(box: Box, { x, y }: Point): Box {
  return { ...box, centre: { x: box.centre.x + x, y: box.centre.y + y } };
}

export interface ScaleRules {
  readonly keepsProportions: boolean;
  /** Both sides move, the middle stays; else what lies opposite the handle stays. */
  readonly isFromMiddle: boolean;
}

/** The box after one of its handles was dragged by `delta`; dragged past the other side it is flipped. Upright boxes keep whole pixels. */
export function scaleBox(box: Box, handle: Handle, delta: Point, { keepsProportions, isFromMiddle }: ScaleRules): Box {
  const direction = handleDirection(handle);
  const by = turned(box, delta, -1);
  const reach = isFromMiddle ? 2 : 1;
  let width = box.width + direction.x * by.x * reach;
  let height = box.height + direction.y * by.y * reach;
  if (keepsProportions && direction.x !== 0 && direction.y !== 0) {
    const factor = Math.max(Math.abs(width / box.width), Math.abs(height / box.height));
    width = Math.sign(width || 1) * box.width * factor;
    height = Math.sign(height || 1) * box.height * factor;
  }
  width = wholeSide(width, box.angle);
  height = wholeSide(height, box.angle);
  const shift = isFromMiddle
    ? { x: 0, y: 0 }
    : { x: (direction.x * (width - box.width)) / 2, y: (direction.y * (height - box.height)) / 2 };
  return {
    ...moveBox(box, turned(box, shift)),
    width: Math.abs(width),
    height: Math.abs(height),
    isFlippedX: box.isFlippedX !== width < 0,
    isFlippedY: box.isFlippedY !== height < 0,
  };
}

function wholeSide(length: number, angle: number): number {
  const side = angle === 0 ? Math.round(length) : length;
  return Math.abs(side) < 1 ? Math.sign(length || 1) : side;
}

/** The box after a drag around its middle; `step` (radians) makes it stop at its multiples. */
export function rotateBox(box: Box, from: Point, to: Point, step: number | null): Box {
  const direction = ({ x, y }: Point) => Math.atan2(y - box.centre.y, x - box.centre.x);
  const angle = box.angle + direction(to) - direction(from);
  return { ...box, angle: normalAngle(step === null ? angle : Math.round(angle / step) * step) };
}

/** A quarter turn to the right or left. Sides that differ by an odd number of pixels move by half a pixel, so that pixels stay sharp. */
export function quarterTurn(box: Box, by: 1 | -1): Box {
  const isOdd = Math.round(box.width - box.height) % 2 !== 0;
  const next = { ...box, angle: normalAngle(box.angle + (by * Math.PI) / 2) };
  return isOdd ? moveBox(next, { x: 0.5, y: 0.5 }) : next;
}

/** Mirrors what is seen about the box's middle, left to right or top to bottom. */
export function flipBox(box: Box, axis: 'x' | 'y'): Box {
  const flipped = axis === 'x' ? { isFlippedX: !box.isFlippedX } : { isFlippedY: !box.isFlippedY };
  return { ...box, ...flipped, angle: normalAngle(-box.angle) };
}
