import type { RgbPicture } from '../../rgb-picture.ts';
import type { NetworkInput } from './network-input.ts';
import type { NetworkOutput } from './network-maps.ts';
import { resizeBicubic } from '../../resample/bicubic.ts';

/** Part of a picture in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface ScoredBox extends Box {
  readonly score: number;
}

const strides = [8, 16, 32] as const;
const padding = 114;
const leastScore = 0.3;
const overlapLimit = 0.45;
const classes = 80;

/** The picture as YOLOX takes it: made to fit in proportion, blue first, grey beyond its right and lower edge. */
export function peopleInput(picture: RgbPicture, shape: readonly number[]): NetworkInput {
  const [height, width] = [shape[2]! > 0 ? shape[2]! : 640, shape[3]! > 0 ? shape[3]! : 640];
  const ratio = fitRatio(picture, { width, height });
  const small = { width: Math.max(Math.round(picture.width * ratio), 1), height: Math.max(Math.round(picture.height * ratio), 1) };
  const { data } = resizeBicubic({ ...picture, channels: 3 }, small);
  const plane = width * height;
  const values = new Float32Array(3 * plane).fill(padding);
  for (let y = 0; y < Math.min(small.height, height); y++)
    for (let x = 0; x < Math.min(small.width, width); x++)
      for (let c = 0; c < 3; c++) values[c * plane + y * width + x] = data[3 * (y * small.width + x) + 2 - c]!;
  return { shape: [1, 3, height, width], data: values };
}

/**
 * The people of a picture in its own pixels, the surest first. Each row of the output is a cell of one of three grids: centre and the logarithm
 * of the size in cells, certainty, and scores of classes, of which the first is a person (Ge et al. 2021); boxes that overlap a surer one are left out.
 */
export function findPeople(
  output: NetworkOutput,
  input: NetworkInput,
  picture: { readonly width: number; readonly height: number },
): Box[] {
  const [, , height, width] = input.shape;
  const ratio = fitRatio(picture, { width, height });
  const values = 5 + classes;
  const found: ScoredBox[] = [];
  let row = 0;
  for (const stride of strides)
    for (let y = 0; y < Math.floor(height / stride); y++)
      for (let x = 0; x < Math.floor(width / stride); x++, row++) {
        const cell = output.data.subarray(row * values, (row + 1) * values);
        const score = (cell[4] ?? 0) * (cell[5] ?? 0);
        if (!(score >= leastScore)) continue;
        const size = { width: (Math.exp(cell[2]!) * stride) / ratio, height: (Math.exp(cell[3]!) * stride) / ratio };
        const centre = { x: ((cell[0]! + x) * stride) / ratio, y: ((cell[1]! + y) * stride) / ratio };
        found.push({ score, x: centre.x - size.width / 2, y: centre.y - size.height / 2, ...size });
      }
  const kept: ScoredBox[] = [];
  for (const box of found.toSorted((a, b) => b.score - a.score))
    if (kept.every((other) => overlap(box, other) <= overlapLimit)) kept.push(box);
  return kept;
}

function fitRatio(
  picture: { readonly width: number; readonly height: number },
  { width, height }: { width: number; height: number },
): number {
  return Math.min(width / picture.width, height / picture.height);
}

/** Shared area over the area of both. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(width, 0) * Math.max(height, 0);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
