/** Preprocessors for control layers that need no model: greyscale in, greyscale out, both row by row from 0 to 255. */

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Luma of RGBA pixels over white paper (Rec. 601 weights). */
export function luma(pixels: Uint8ClampedArray): Float32Array {
  const grey = new Float32Array(pixels.length / 4);
  for (let index = 0; index < grey.length; index++) {
    const alpha = (pixels[4 * index + 3] ?? 0) / 255;
    const value = 0.299 * (pixels[4 * index] ?? 0) + 0.587 * (pixels[4 * index + 1] ?? 0) + 0.114 * (pixels[4 * index + 2] ?? 0);
    grey[index] = value * alpha + 255 * (1 - alpha);
  }
  return grey;
}

const gauss = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];

/** Binomial blur of 5x5; edges repeat. */
export function blur(grey: Float32Array, { width, height }: Extent): Float32Array {
  const pass = (source: Float32Array, isRow: boolean): Float32Array => {
    const result = new Float32Array(source.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let tap = -2; tap <= 2; tap++) {
          const at = isRow ? y * width + Math.min(width - 1, Math.max(0, x + tap)) : Math.min(height - 1, Math.max(0, y + tap)) * width + x;
          sum += (gauss[tap + 2] ?? 0) * (source[at] ?? 0);
        }
        result[y * width + x] = sum;
      }
    }
    return result;
  };
  return pass(pass(grey, true), false);
}

interface Gradient {
  readonly strength: Float32Array;
  /** 0 horizontal, 1 rising, 2 vertical, 3 falling: where the neighbours across the edge lie. */
  readonly direction: Uint8Array;
}

/** Sobel gradient. */
function gradient(grey: Float32Array, { width, height }: Extent): Gradient {
  const strength = new Float32Array(grey.length);
  const direction = new Uint8Array(grey.length);
  const at = (x: number, y: number) => grey[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gx = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x - 1, y) - at(x - 1, y + 1);
      const gy = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x, y - 1) - at(x + 1, y - 1);
      strength[y * width + x] = Math.hypot(gx, gy);
      direction[y * width + x] = (Math.round((Math.atan2(gy, gx) / Math.PI) * 4) + 8) % 4;
    }
  }
  return { strength, direction };
}

const across = [
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
] as const;

/** Thin white lines where the picture changes (Canny 1986: blur, gradient, thinning, two thresholds with hysteresis). */
export function canny(grey: Float32Array, extent: Extent, low = 60, high = 140): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = extent;
  const { strength, direction } = gradient(blur(grey, extent), extent);
  const result = new Uint8ClampedArray(grey.length);
  const stack: number[] = [];
  const isRidge = (x: number, y: number): boolean => {
    const [dx, dy] = across[(direction[y * width + x] ?? 0) as 0 | 1 | 2 | 3];
    const own = strength[y * width + x] ?? 0;
    const other = (ox: number, oy: number) => (ox < 0 || oy < 0 || ox >= width || oy >= height ? 0 : (strength[oy * width + ox] ?? 0));
    return own >= other(x + dx, y + dy) && own > other(x - dx, y - dy);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if ((strength[y * width + x] ?? 0) >= high && isRidge(x, y)) stack.push(y * width + x);
  }
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (result[index] === 255) continue;
    result[index] = 255;
    const [x, y] = [index % width, Math.floor(index / width)];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [nx, ny] = [x + dx, y + dy];
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = ny * width + nx;
        if (result[next] === 0 && (strength[next] ?? 0) >= low && isRidge(nx, ny)) stack.push(next);
      }
    }
  }
  return result;
}

/** White where the picture is dark: a drawing on paper becomes white lines on black. */
export function invert(grey: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(grey.length);
  for (let index = 0; index < grey.length; index++) result[index] = 255 - (grey[index] ?? 0);
  return result;
}

/** Soft white edges: the blurred gradient, stretched to full range. */
export function softEdges(grey: Float32Array, extent: Extent): Uint8ClampedArray<ArrayBuffer> {
  const { strength } = gradient(blur(grey, extent), extent);
  const smooth = blur(strength, extent);
  const top = Math.max(1, ...sampled(smooth));
  const result = new Uint8ClampedArray(grey.length);
  for (let index = 0; index < grey.length; index++) result[index] = Math.min(255, ((smooth[index] ?? 0) / top) * 380);
  return result;
}

/** At most 20,000 of the values: enough for a maximum, and few enough to spread as arguments. */
function sampled(values: Float32Array): number[] {
  const step = Math.max(1, Math.ceil(values.length / 20_000));
  const result: number[] = [];
  for (let index = 0; index < values.length; index += step) result.push(values[index] ?? 0);
  return result;
}
