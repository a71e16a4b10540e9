import { resizeBicubic } from '../../resample/bicubic.ts';
import type { RgbPicture } from '../../rgb-picture.ts';
import { networkInput, type NetworkInput } from './network-input.ts';
import type { NetworkOutput } from './network-maps.ts';
import type { Box } from './people.ts';

/** A key point in pixels of the picture, with the network's certainty. */
export interface KeyPoint {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** Room around a person. */
const margin = 1.25;

/** The box with room around it, in the proportions that the network takes, about the same centre. */
export function poseBox({ x, y, width, height }: Box, shape: readonly number[]): Box {
  const proportion = (shape[3]! > 0 ? shape[3]! : 288) / (shape[2]! > 0 ? shape[2]! : 384);
  const own = { width: Math.max(width, height * proportion), height: Math.max(height, width / proportion) };
  const room = { width: own.width * margin, height: own.height * margin };
  return { x: x + width / 2 - room.width / 2, y: y + height / 2 - room.height / 2, ...room };
}

/** A box of the picture as the network takes it, black outside of the picture. */
export function poseInput(picture: RgbPicture, box: Box, shape: readonly number[]): NetworkInput {
  const size = [3, 2].map((axis) => (shape[axis]! > 0 ? shape[axis]! : axis === 3 ? 288 : 384)) as [number, number];
  const cut = cutOut(picture, box);
  const { data } = resizeBicubic({ ...cut, channels: 3 }, { width: size[0], height: size[1] });
  return networkInput('pose', { width: size[0], height: size[1], data }, [1, 3, size[1], size[0]]);
}

function cutOut(picture: RgbPicture, box: Box): RgbPicture {
  const [width, height] = [Math.max(Math.round(box.width), 1), Math.max(Math.round(box.height), 1)];
  const [left, top] = [Math.round(box.x), Math.round(box.y)];
  const data = new Uint8Array(3 * width * height);
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top); y++) {
    const from = Math.max(0, -left);
    const to = Math.min(width, picture.width - left);
    if (to <= from) continue;
    const start = 3 * ((y + top) * picture.width + left + from);
    data.set(picture.data.subarray(start, start + 3 * (to - from)), 3 * (y * width + from));
  }
  return { width, height, data };
}

/**
 * The key points of a person: each axis has its own row of scores at twice the input's resolution, of which the highest counts (SimCC,
 * Li et al. 2022).
 * @param outputs [1, K, 2W] and [1, K, 2H]
 */
export function readPose(outputs: readonly NetworkOutput[], box: Box): KeyPoint[] {
  const [across, down] = outputs as [NetworkOutput, NetworkOutput];
  const count = across.shape[1]!;
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = [highest(across, i), highest(down, i)];
    return {
      x: box.x + x.share * box.width,
      y: box.y + y.share * box.height,
      score: Math.min(x.score, y.score),
    };
  });
}

function highest({ shape, data }: NetworkOutput, row: number): { readonly share: number; readonly score: number } {
  const bins = shape[2]!;
  const scores = data.subarray(row * bins, (row + 1) * bins);
  let best = 0;
  for (let i = 1; i < bins; i++) if (scores[i]! > scores[best]!) best = i;
  return { share: best / bins, score: scores[best]! };
}
