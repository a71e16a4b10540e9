import type { RgbPicture } from '../../rgb-picture.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A tensor that a network gave. */
export interface NetworkOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Nearness from black (the farthest) to white (the nearest), whatever the network's unit. */
export function depthPicture(output: NetworkOutput, size: Size): RgbPicture {
  return greyPicture(spread(resized(output, size)), size);
}

/**
 * White lines on black. Networks differ in what they give: values from 0 to 1 are taken as they are, others are spread over that range; where most
 * of the picture is bright, the lines are the dark ones.
 */
export function linePicture(output: NetworkOutput, size: Size): RgbPicture {
  const values = resized(output, size);
  const isUnit = values.every((value) => value >= -0.05 && value <= 1.05);
  const lines = isUnit ? values : spread(values);
  const isPaper = mean(lines) > 0.5;
  return greyPicture(isPaper ? lines.map((value) => 1 - value) : lines, size);
}

/** The mean of the maps of all scales through a sigmoid, as HED joins them. */
export function edgePicture(outputs: readonly NetworkOutput[], size: Size): RgbPicture {
  const sum = new Float32Array(size.width * size.height);
  for (const output of outputs) resized(output, size).forEach((value, i) => (sum[i]! += value / outputs.length));
  return greyPicture(sum.map((value) => 1 / (1 + Math.exp(-value))), size); // prettier-ignore
}

/** Another picture, with values from -1 to 1 or from 0 to 1. */
export function colourPicture({ shape, data }: NetworkOutput, size: Size): RgbPicture {
  const [, , height, width] = shape as [number, number, number, number];
  const isSigned = data.some((value) => value < -0.05);
  const picture = new Uint8Array(3 * size.width * size.height);
  for (let c = 0; c < 3; c++) {
    const plane = data.subarray(c * width * height, (c + 1) * width * height);
    resized({ shape: [height, width], data: plane }, size).forEach((value, i) => {
      picture[3 * i + c] = toByte(isSigned ? (value + 1) / 2 : value);
    });
  }
  return { ...size, data: picture };
}

/** A map [..., h, w] at the picture's size, linear between the centres of its cells. */
function resized({ shape, data }: NetworkOutput, size: Size): Float32Array<ArrayBuffer> {
  const [height = 1, width = 1] = shape.slice(-2);
  const result = new Float32Array(size.width * size.height);
  const columns = Array.from({ length: size.width }, (_, x) => between(x, size.width, width));
  for (let y = 0; y < size.height; y++) {
    const row = between(y, size.height, height);
    columns.forEach((column, x) => {
      const upper = mix(data[row.from * width + column.from]!, data[row.from * width + column.to]!, column.share);
      const lower = mix(data[row.to * width + column.from]!, data[row.to * width + column.to]!, column.share);
      result[y * size.width + x] = mix(upper, lower, row.share);
    });
  }
  return result;
}

function between(at: number, size: number, cells: number): { from: number; to: number; share: number } {
  const place = Math.min(Math.max(((at + 0.5) * cells) / size - 0.5, 0), cells - 1);
  const from = Math.floor(place);
  return { from, to: Math.min(from + 1, cells - 1), share: place - from };
}

function mix(a: number, b: number, share: number): number {
  return a + share * (b - a);
}

function spread(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low;
  return values.map((value) => (range > 0 ? (value - low) / range : 0));
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function greyPicture(values: Float32Array, size: Size): RgbPicture {
  const data = new Uint8Array(3 * values.length);
  values.forEach((value, i) => data.fill(toByte(value), 3 * i, 3 * i + 3));
  return { ...size, data };
}

function toByte(value: number): number {
  return Math.min(Math.max(Math.round(255 * value), 0), 255);
}
