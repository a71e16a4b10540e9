import { boundsOfPoints, corners, unturned, type Margins, type Point, type Rectangle, type Turn, type View } from './geometry.ts';
import type { Affine } from './affine.ts';

/** The view transform: what part of the canvas is looked at, how large, and how it is turned. Angles are radians, clockwise. */

export const minScale = 1 / 32;
export const maxScale = 32;

export function isTurned(view: Turn): boolean {
  return view.angle !== 0 || view.isMirrored;
}

/** Turns a distance of the canvas as the view does, without its scale. */
function turn({ angle, isMirrored }: Turn, { x, y }: Point): Point {
  const across = isMirrored ? -x : x;
  if (angle === 0) return { x: across, y };
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: across * cos - y * sin, y: across * sin + y * cos };
}

function turnBack({ angle, isMirrored }: Turn, { x, y }: Point): Point {
  const [cos, sin] = angle === 0 ? [1, 0] : [Math.cos(angle), Math.sin(angle)];
  const across = x * cos + y * sin;
  return { x: isMirrored ? -across : across, y: y * cos - x * sin };
}

export function toScreen(view: View, point: Point): Point {
  const turned = turn(view, { x: point.x - view.origin.x, y: point.y - view.origin.y });
  return { x: turned.x * view.scale, y: turned.y * view.scale };
}

export function toCanvas(view: View, point: Point): Point {
  const back = turnBack(view, point);
  return { x: back.x / view.scale + view.origin.x, y: back.y / view.scale + view.origin.y };
}

/** `toScreen` as a matrix, with `ratio` device pixels to a CSS pixel. */
export function viewMatrix(view: View, ratio: number): Affine {
  const scale = view.scale * ratio;
  const right = turn(view, { x: scale, y: 0 });
  const down = turn(view, { x: 0, y: scale });
  const corner = toScreen(view, { x: 0, y: 0 });
  return [right.x, right.y, down.x, down.y, corner.x * ratio, corner.y * ratio];
}

export function pan(view: View, screenDelta: Point): View {
  const by = turnBack(view, screenDelta);
  return { ...view, origin: { x: view.origin.x - by.x / view.scale, y: view.origin.y - by.y / view.scale } };
}

/** The view with other fields that shows the same canvas point at a point of the screen. */
function around(view: View, screenPoint: Point, fields: Partial<View>): View {
  const fixed = toCanvas(view, screenPoint);
  const changed = { ...view, ...fields };
  const back = turnBack(changed, screenPoint);
  return { ...changed, origin: { x: fixed.x - back.x / changed.scale, y: fixed.y - back.y / changed.scale } };
}

/** Scales about a point of the screen, which keeps showing the same canvas point. */
export function zoomAt(view: View, screenPoint: Point, factor: number): View {
  return around(view, screenPoint, { scale: clampScale(view.scale * factor) });
}

/** Turns about a point of the screen. */
export function rotateAt(view: View, screenPoint: Point, by: number): View {
  return around(view, screenPoint, { angle: normalAngle(view.angle + by) });
}

/** Sets the turn about a point of the screen. */
export function turnAt(view: View, screenPoint: Point, to: Turn): View {
  return around(view, screenPoint, { angle: normalAngle(to.angle), isMirrored: to.isMirrored });
}

/** Shows the canvas mirrored, or no longer: what is at a point of the screen stays there, left and right of it change places. */
export function mirrorAt(view: View, screenPoint: Point): View {
  // Mirroring what is seen, rather than the canvas, turns the angle round as well.
  return around(view, screenPoint, { angle: normalAngle(-view.angle), isMirrored: !view.isMirrored });
}

/** A pinch: two points of the screen are dragged to two others. Turns in steps of `turnStep` radians; 0 turns freely. */
export function pinch(view: View, from: readonly [Point, Point], to: readonly [Point, Point], turnStep: number): View {
  const vector = ([a, b]: readonly [Point, Point]) => ({ x: b.x - a.x, y: b.y - a.y });
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [before, after] = [vector(from), vector(to)];
  const factor = Math.hypot(after.x, after.y) / Math.max(1, Math.hypot(before.x, before.y));
  const angle = view.angle + Math.atan2(after.y, after.x) - Math.atan2(before.y, before.x);
  const [start, end] = [middle(from), middle(to)];
  const turned = around(view, start, {
    scale: clampScale(view.scale * factor),
    angle: normalAngle(turnStep === 0 ? angle : Math.round(angle / turnStep) * turnStep),
  });
  return pan(turned, { x: end.x - start.x, y: end.y - start.y });
}

/** The same angle between -pi and pi; what rounding leaves of a full turn becomes 0. */
export function normalAngle(angle: number): number {
  const turns = angle / (2 * Math.PI);
  const rest = (turns - Math.round(turns)) * 2 * Math.PI;
  return Math.abs(rest) < 1e-9 ? 0 : rest;
}

function clampScale(scale: number): number {
  return Math.min(maxScale, Math.max(minScale, scale));
}

/** The view that shows all of `rectangle` in the middle of a screen of `width` x `height` CSS pixels without its margins. */
export function fitView(rectangle: Rectangle, width: number, height: number, margins: Margins, turned: Turn = unturned): View {
  const room = { width: Math.max(1, width - 2 * margins.side), height: Math.max(1, height - margins.top - margins.bottom) };
  const seen = boundsOfPoints(corners(rectangle).map((corner) => turn(turned, corner))) ?? rectangle;
  const scale = clampScale(Math.min(room.width / seen.width, room.height / seen.height));
  return pan(centreView(rectangle, width, height, { ...turned, scale }), { x: 0, y: (margins.top - margins.bottom) / 2 });
}

/** The view with the middle of `rectangle` in the middle of the screen. */
export function centreView(rectangle: Rectangle, width: number, height: number, how: Turn & { readonly scale: number }): View {
  const back = turnBack(how, { x: width / 2, y: height / 2 });
  return {
    scale: how.scale,
    angle: how.angle,
    isMirrored: how.isMirrored,
    origin: {
      x: rectangle.x + rectangle.width / 2 - back.x / how.scale,
      y: rectangle.y + rectangle.height / 2 - back.y / how.scale,
    },
  };
}

/** Smallest rectangle of the canvas that holds all that a screen of `width` x `height` shows. */
export function visibleBounds(view: View, width: number, height: number): Rectangle {
  const seen = corners({ x: 0, y: 0, width, height }).map((corner) => toCanvas(view, corner));
  return boundsOfPoints(seen) as Rectangle;
}
