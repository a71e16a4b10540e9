import type { Plane } from './plane.ts';

/** From this standard deviation on, three box blurs stand in for the Gaussian: their time does not grow with it. */
const boxesFrom = 6;

/** Gaussian blur with a standard deviation in pixels; beyond the edge the picture repeats its border. 0 leaves it as it is. */
export function gaussian(plane: Plane, sigma: number): Plane {
  if (sigma <= 0) return plane;
  if (sigma < boxesFrom) return separable(plane, gaussianKernel(sigma));
  return boxRadii(sigma).reduce((blurred, radius) => boxBlur(blurred, radius), plane);
}

function gaussianKernel(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return kernel.map((weight) => weight / total);
}

/** Radii of three boxes whose variances add up to nearly sigma² (Kovesi 2010, Fast almost-Gaussian filtering). */
function boxRadii(sigma: number): number[] {
  const variance = 12 * sigma ** 2;
  const ideal = Math.sqrt(variance / 3 + 1);
  const lower = Math.floor(ideal) - (1 - (Math.floor(ideal) % 2));
  const narrow = Math.round((variance - 3 * lower ** 2 - 12 * lower - 9) / (-4 * lower - 4));
  return [0, 1, 2].map((i) => ((i < narrow ? lower : lower + 2) - 1) / 2);
}

function separable(plane: Plane, kernel: Float64Array): Plane {
  const { width, height, data } = plane;
  const reach = (kernel.length - 1) / 2;
  const across = new Float32Array(data.length);
  const down = new Float32Array(data.length);
  const line = new Float32Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    line.fill(row[0]!, 0, reach).set(row, reach);
    line.fill(row[width - 1]!, reach + width);
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < kernel.length; i++) sum += kernel[i]! * line[x + i]!;
      across[y * width + x] = sum;
    }
  }
  // Row after row, so that memory is read in order.
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < kernel.length; i++) {
      const weight = kernel[i]!;
      const from = Math.min(Math.max(y + i - reach, 0), height - 1) * width;
      for (let x = 0; x < width; x++) down[y * width + x]! += weight * across[from + x]!;
    }
  }
  return { width, height, data: down };
}

function boxBlur({ width, height, data }: Plane, radius: number): Plane {
  const across = new Float32Array(data.length);
  const down = new Float32Array(data.length);
  for (let y = 0; y < height; y++) boxLine(data, across, { start: y * width, step: 1, length: width }, radius);
  for (let x = 0; x < width; x++) boxLine(across, down, { start: x, step: width, length: height }, radius);
  return { width, height, data: down };
}

interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** A running mean along a line. */
function boxLine(from: Float32Array, to: Float32Array, { start, step, length }: Line, radius: number): void {
  const read = (place: number) => from[start + Math.min(Math.max(place, 0), length - 1) * step]!;
  let sum = 0;
  for (let place = -radius; place <= radius; place++) sum += read(place);
  for (let place = 0; place < length; place++) {
    to[start + place * step] = sum / (2 * radius + 1);
    sum += read(place + radius + 1) - read(place - radius);
  }
}
