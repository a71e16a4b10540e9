import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';

/**
 * A mask [H, W] at the size of a level by the bicubic interpolation of torch (a = -0.75, no antialiasing), as diffusers'
 * IPAdapterMaskProcessor shrinks masks. The engine itself pools; only golden cases need this.
 */
export function interpolateMask({ shape, data }: FloatTensor, height: number, width: number): FloatTensor {
  const [fullHeight, fullWidth] = shape as [number, number];
  const rows = taps(fullHeight, height);
  const columns = taps(fullWidth, width);
  const result = floatTensor([height, width]);
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      let sum = 0;
      for (const [fromY, weightY] of row)
        for (const [fromX, weightX] of column) sum += weightY * weightX * data[fromY * fullWidth + fromX]!;
      result.data[y * width + x] = sum;
    }),
  );
  return result;
}

function taps(source: number, target: number): [from: number, weight: number][][] {
  return Array.from({ length: target }, (_, position) => {
    const at = ((position + 0.5) * source) / target - 0.5;
    const base = Math.floor(at);
    return [-1, 0, 1, 2].map((offset) => [Math.min(Math.max(base + offset, 0), source - 1), cubic(at - base - offset)]);
  });
}

/** Keys' cubic convolution kernel with a = -3/4. */
function cubic(x: number): number {
  const a = -0.75;
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}
