import type { RegionMask } from './mask.ts';

/** The mask with its edge blurred by a Gaussian of the given radius (three standard deviations) in pixels; 0 leaves it as it is. */
export function feather(mask: RegionMask, radius: number): RegionMask {
  if (radius <= 0) return mask;
  const reach = Math.ceil(radius);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-(((index - reach) * 3) ** 2) / (2 * radius ** 2)));
  const { height, width } = mask;
  const rows = blur(mask.data, kernel, { count: height, length: width, step: 1, stride: width });
  return { height, width, data: blur(rows, kernel, { count: width, length: height, step: width, stride: 1 }) };
}

interface Lines {
  readonly count: number;
  readonly length: number;
  /** Distance of neighbours within a line, and of lines. */
  readonly step: number;
  readonly stride: number;
}

/** One pass along lines; beyond the edge the picture repeats its border. */
function blur(data: Float32Array, kernel: Float64Array, { count, length, step, stride }: Lines): Float32Array {
  const result = new Float32Array(data.length);
  const reach = (kernel.length - 1) / 2;
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  for (let line = 0; line < count; line++) {
    for (let at = 0; at < length; at++) {
      let sum = 0;
      for (let offset = -reach; offset <= reach; offset++) {
        const from = Math.min(length - 1, Math.max(0, at + offset));
        sum += kernel[offset + reach]! * data[line * stride + from * step]!;
      }
      result[line * stride + at * step] = sum / total;
    }
  }
  return result;
}
