import type { RgbPicture } from '../rgb-picture.ts';

/** One level of the pyramid: colours times weight, 4 values a pixel (r, g, b, weight). */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Fills the holes smoothly from their edges: means of the known pixels, halved level by level, then laid back under (pull-push). */
export function infillBlur(picture: RgbPicture, hole: Uint8Array): RgbPicture {
  const levels = [finest(picture, hole)];
  while (levels.at(-1)!.width > 1 || levels.at(-1)!.height > 1) levels.push(halve(levels.at(-1)!));
  for (let i = levels.length - 2; i >= 0; i--) fillFrom(levels[i]!, levels[i + 1]!);
  const data = new Uint8Array(picture.data);
  const filled = levels[0]!.data;
  for (let i = 0; i < hole.length; i++) if (hole[i]) for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round(filled[4 * i + c]!);
  return { ...picture, data };
}

function finest({ width, height, data }: RgbPicture, hole: Uint8Array): Level {
  const level = new Float32Array(4 * width * height);
  for (let i = 0; i < hole.length; i++) {
    if (hole[i]) continue;
    for (let c = 0; c < 3; c++) level[4 * i + c] = data[3 * i + c]!;
    level[4 * i + 3] = 1;
  }
  return { width, height, data: level };
}

/** Weighted means of 2 x 2 pixels; a weight is at most 1, so that a few known pixels count as much as many. */
function halve({ width, height, data }: Level): Level {
  const halfWidth = Math.ceil(width / 2);
  const halfHeight = Math.ceil(height / 2);
  const half = new Float32Array(4 * halfWidth * halfHeight);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      const to = 4 * ((y >> 1) * halfWidth + (x >> 1));
      const weight = data[from + 3]!;
      for (let c = 0; c < 3; c++) half[to + c]! += weight * data[from + c]!;
      half[to + 3]! += weight;
    }
  for (let at = 0; at < half.length; at += 4) {
    const weight = half[at + 3]!;
    if (weight === 0) continue;
    for (let c = 0; c < 3; c++) half[at + c]! /= weight;
    half[at + 3] = Math.min(weight, 1);
  }
  return { width: halfWidth, height: halfHeight, data: half };
}

/** Where a level knows little, the coarser one shows through, by bilinear interpolation. */
function fillFrom({ width, height, data }: Level, coarse: Level): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const weight = data[at + 3]!;
      if (weight >= 1) continue;
      for (let c = 0; c < 3; c++) data[at + c] = weight * data[at + c]! + (1 - weight) * sample(coarse, (x - 0.5) / 2, (y - 0.5) / 2, c);
      data[at + 3] = 1;
    }
}

function sample({ width, height, data }: Level, x: number, y: number, channel: number): number {
  const left = clamp(Math.floor(x), width);
  const right = clamp(Math.floor(x) + 1, width);
  const top = clamp(Math.floor(y), height);
  const bottom = clamp(Math.floor(y) + 1, height);
  const across = x - Math.floor(x);
  const down = y - Math.floor(y);
  const read = (row: number, column: number) => data[4 * (row * width + column) + channel]!;
  const upper = read(top, left) + across * (read(top, right) - read(top, left));
  const lower = read(bottom, left) + across * (read(bottom, right) - read(bottom, left));
  return upper + down * (lower - upper);
}

function clamp(place: number, length: number): number {
  return Math.min(Math.max(place, 0), length - 1);
}
