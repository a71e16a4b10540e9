import { isInside, type RegionMask } from '../regions/mask.ts';

/** Larger than any squared distance of two pixels, and finite, so that differences of two of them stay numbers. */
const far = 1e12;

/**
 * Distance of every pixel to the nearest pixel inside the mask, in pixels, centre to centre; 0 inside, infinite for an empty mask.
 * Exact, in linear time (Felzenszwalb and Huttenlocher 2012, lower envelopes of parabolas, one axis after the other).
 */
export function distanceToMask({ height, width, data }: RegionMask): Float32Array {
  const squares = Float64Array.from(data, (value) => (isInside(value) ? 0 : far));
  const envelope = newEnvelope(Math.max(height, width));
  for (let x = 0; x < width; x++) transformLine(squares, { start: x, step: width, length: height }, envelope);
  for (let y = 0; y < height; y++) transformLine(squares, { start: y * width, step: 1, length: width }, envelope);
  return Float32Array.from(squares, (value) => (value >= far ? Infinity : Math.sqrt(value)));
}

interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Work space: heights of a line, the parabolas of its envelope and where each begins. */
interface Envelope {
  readonly heights: Float64Array;
  readonly places: Int32Array;
  readonly begins: Float64Array;
}

function newEnvelope(length: number): Envelope {
  return { heights: new Float64Array(length), places: new Int32Array(length), begins: new Float64Array(length + 1) };
}

/** Replaces f(x) by the least of (x - y)² + f(y) over all y of the line. */
function transformLine(values: Float64Array, { start, step, length }: Line, { heights, places, begins }: Envelope): void {
  for (let i = 0; i < length; i++) heights[i] = values[start + i * step]!;
  let last = 0;
  places[0] = 0;
  begins[0] = -Infinity;
  for (let i = 1; i < length; i++) {
    let meet = meeting(heights, places[last]!, i);
    while (meet <= begins[last]!) meet = meeting(heights, places[--last]!, i);
    places[++last] = i;
    begins[last] = meet;
  }
  for (let i = 0, at = 0; i < length; i++) {
    while (at < last && begins[at + 1]! < i) at++;
    const place = places[at]!;
    values[start + i * step] = Math.min((i - place) ** 2 + heights[place]!, far);
  }
}

/** Where the parabolas of two places have the same height. */
function meeting(heights: Float64Array, a: number, b: number): number {
  return (heights[b]! + b * b - (heights[a]! + a * a)) / (2 * (b - a));
}
