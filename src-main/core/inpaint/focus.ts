import type { Grid, RegionMask } from '../regions/mask.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Part of a frame that is drawn in place of the whole. */
export interface View {
  readonly full: Grid;
  readonly area: Rectangle;
}

/** The size in which a job draws, and the part of the frame that it is, where it is not all of it. */
export type Frame = Grid & { readonly view?: View };

/** Surroundings that the model sees on each side: a share of the mask's longer side, and at least some pixels. */
const contextShare = 0.5;
const leastContext = 32;
/** A view that leaves less out than this share of the frame is not worth a change of scale. */
const largestShare = 0.7;
/** A detail is enlarged at most so much: beyond, its surroundings are a blur. */
const largestScale = 8;

export interface FocusOptions {
  /** Pixels that the model draws best. */
  readonly native: Grid;
  /** Sides are multiples of this. */
  readonly multiple: number;
}

/**
 * The frame of a job that draws only the mask and its surroundings, enlarged to about the model's own number of pixels; the whole frame
 * where the mask is empty or takes most of it. A view is never made smaller than it is.
 */
export function focusOn(mask: RegionMask, { native, multiple }: FocusOptions): Frame {
  const full = { height: mask.height, width: mask.width };
  const bounds = boundsOf(mask);
  if (!bounds) return full;
  const margin = Math.max(leastContext, Math.round(contextShare * Math.max(bounds.width, bounds.height)));
  const across = widen(bounds.x, bounds.width, margin, full.width);
  const down = widen(bounds.y, bounds.height, margin, full.height);
  const area = { x: across.from, y: down.from, width: across.length, height: down.length };
  const pixels = area.width * area.height;
  if (pixels > largestShare * full.width * full.height) return full;
  const scale = Math.min(Math.max(Math.sqrt((native.width * native.height) / pixels), 1), largestScale);
  const side = (length: number) => Math.max(Math.round((length * scale) / multiple), 1) * multiple;
  return { width: side(area.width), height: side(area.height), view: { full, area } };
}

/** The smallest rectangle around everything that is not 0. */
export function boundsOf({ height, width, data }: RegionMask): Rectangle | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** A stretch with a margin on both sides; what goes beyond the frame is given on the other side. */
function widen(start: number, length: number, margin: number, limit: number): { readonly from: number; readonly length: number } {
  const wanted = Math.min(length + 2 * margin, limit);
  return { from: Math.min(Math.max(start - margin, 0), limit - wanted), length: wanted };
}

/** The part of a mask that a view shows, at its own size. */
export function cutMask({ width, data }: RegionMask, { x, y, width: areaWidth, height }: Rectangle): RegionMask {
  const part = new Float32Array(areaWidth * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * width + x;
    part.set(data.subarray(from, from + areaWidth), row * areaWidth);
  }
  return { height, width: areaWidth, data: part };
}
