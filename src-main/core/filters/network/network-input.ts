import type { NetworkKind } from '../../../contract/filters.ts';
import { resizeBicubic } from '../../resample/bicubic.ts';
import type { RgbPicture } from '../../rgb-picture.ts';

/** A picture as a network takes it, [1, 3, H, W]. */
export interface NetworkInput {
  readonly shape: readonly [1, 3, number, number];
  readonly data: Float32Array<ArrayBuffer>;
}

interface Rule {
  /** Shortest side where the file leaves the size open, and what both sides are a multiple of. */
  readonly side: number;
  readonly multiple: number;
  /** Subtracted and divided by, for bytes. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

const whole = { mean: [0, 0, 0], deviation: [1, 1, 1] } as const;
const imageNet = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] } as const;
const unit = { mean: [0, 0, 0], deviation: [255, 255, 255] } as const;

/** How the published networks of each kind were trained: Depth Anything, informative drawings, HED, DWPose, YOLOX. */
const rules: Readonly<Record<NetworkKind, Rule>> = {
  depth: { side: 518, multiple: 14, ...imageNet },
  lines: { side: 512, multiple: 64, ...unit },
  edges: { side: 512, multiple: 64, ...whole },
  colours: { side: 512, multiple: 64, ...unit },
  pose: { side: 288, multiple: 32, ...imageNet },
  people: { side: 640, multiple: 32, ...whole },
};

/** The picture at the size that the network takes, or where that is open, near the one it was trained with, in the picture's proportions. */
export function networkInput(kind: NetworkKind, picture: RgbPicture, shape: readonly number[]): NetworkInput {
  const { side, multiple, mean, deviation } = rules[kind];
  const scale = side / Math.min(picture.width, picture.height);
  const open = (length: number) => Math.max(Math.round((length * scale) / multiple), 1) * multiple;
  const height = shape[2]! > 0 ? shape[2]! : open(picture.height);
  const width = shape[3]! > 0 ? shape[3]! : open(picture.width);
  const { data } = resizeBicubic({ ...picture, channels: 3 }, { width, height });
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) for (let i = 0; i < plane; i++) values[c * plane + i] = (data[3 * i + c]! - mean[c]!) / deviation[c]!;
  return { shape: [1, 3, height, width], data: values };
}
