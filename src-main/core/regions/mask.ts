/** A grey picture of coverage, row by row: 0 outside, 1 inside, values between at soft edges. */
export interface RegionMask {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** Where a binary mask counts as inside. */
const inside = 0.5;

export function isInside(value: number): boolean {
  return value > inside;
}

/** A mask over `data`. Throws RangeError when the size does not fit. */
export function regionMask(height: number, width: number, data: ArrayLike<number>): RegionMask {
  if (data.length !== height * width) {
    throw new RangeError(`mask of ${height} x ${width}: expected ${height * width} values, got ${data.length}`);
  }
  return { height, width, data: Float32Array.from(data) };
}

/** A mask that is 1 inside a rectangle of the frame and 0 outside; the part beyond the frame is cut off. */
export function rectangleMask(frame: Grid, rectangle: { x: number; y: number; width: number; height: number }): RegionMask {
  const { height, width } = frame;
  const data = new Float32Array(height * width);
  const bottom = Math.min(height, rectangle.y + rectangle.height);
  const right = Math.min(width, rectangle.x + rectangle.width);
  for (let y = Math.max(0, rectangle.y); y < bottom; y++) {
    const left = Math.max(0, rectangle.x);
    if (left < right) data.fill(1, y * width + left, y * width + right);
  }
  return { height, width, data };
}

/** Everything the mask leaves out: what auto-negative covers. */
export function complement(mask: RegionMask): RegionMask {
  return { ...mask, data: mask.data.map((value) => 1 - value) };
}

/** Another size by the nearest pixel, as torch's interpolate: source = floor(target * source size / target size). */
export function resizeNearest(mask: RegionMask, { height, width }: Grid): RegionMask {
  const data = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++) data[y * width + x] = mask.data[row + Math.floor((x * mask.width) / width)]!;
  }
  return { height, width, data };
}

/** Another size by the mean over the covered pixels: keeps soft edges soft. */
export function resizeArea(mask: RegionMask, { height, width }: Grid): RegionMask {
  const rows = axisWeights(mask.height, height);
  const columns = axisWeights(mask.width, width);
  const narrow = new Float32Array(mask.height * width);
  for (let y = 0; y < mask.height; y++) {
    columns.forEach((weights, x) => {
      let sum = 0;
      for (const [from, weight] of weights) sum += weight * mask.data[y * mask.width + from]!;
      narrow[y * width + x] = sum;
    });
  }
  const data = new Float32Array(height * width);
  rows.forEach((weights, y) => {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [from, weight] of weights) sum += weight * narrow[from * width + x]!;
      data[y * width + x] = sum;
    }
  });
  return { height, width, data };
}

/** For each target position, the source positions it covers and the share of each. */
function axisWeights(source: number, target: number): [from: number, weight: number][][] {
  const step = source / target;
  return Array.from({ length: target }, (_, position) => {
    const begin = position * step;
    const end = begin + step;
    const weights: [number, number][] = [];
    for (let from = Math.floor(begin); from < Math.min(source, Math.ceil(end)); from++) {
      const share = (Math.min(end, from + 1) - Math.max(begin, from)) / step;
      if (share > 0) weights.push([from, share]);
    }
    return weights;
  });
}

/**
 * A hard mask at another size: inside where more than half of a cell is. A region too small for that keeps the cell it covers most,
 * since a region that is painted must not vanish.
 */
export function resizeHard(mask: RegionMask, grid: Grid): RegionMask {
  const area = resizeArea(mask, grid);
  const data = area.data.map((value) => Number(isInside(value)));
  if (!data.includes(1)) {
    const largest = area.data.reduce((best, value, index) => (value > area.data[best]! ? index : best), 0);
    if (area.data[largest]! > 0) data[largest] = 1;
  }
  return { ...area, data };
}
