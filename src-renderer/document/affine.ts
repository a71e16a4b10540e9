import { boundsOfPoints, corners, type Point, type Rectangle } from './geometry.ts';

/** An affine map as canvas contexts take it: x' = a x + c y + e, y' = b x + d y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export function apply([a, b, c, d, e, f]: Affine, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

/** First `second`, then `first`. */
export function multiply(first: Affine, second: Affine): Affine {
  const [a, b, c, d, e, f] = first;
  const [a2, b2, c2, d2, e2, f2] = second;
  return [a * a2 + c * b2, b * a2 + d * b2, a * c2 + c * d2, b * c2 + d * d2, a * e2 + c * f2 + e, b * e2 + d * f2 + f];
}

/** Throws RangeError for a map that folds the plane into a line. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * d - b * c;
  if (determinant === 0) throw new RangeError('The map has no inverse.');
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return [ia, ib, ic, id, -(ia * e + ic * f), -(ib * e + id * f)];
}

/** Smallest rectangle around a rectangle that was mapped. */
export function mappedBounds(map: Affine, rectangle: Rectangle): Rectangle {
  return boundsOfPoints(corners(rectangle).map((corner) => apply(map, corner))) as Rectangle;
}
