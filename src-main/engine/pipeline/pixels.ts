import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';

/** Interleaved 8-bit picture. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** RGB pixels as a tensor [1, 3, H, W]: in [-1, 1] for the VAE, or in [0, 1] for ControlNets. An alpha channel is left out. */
export function pictureTensor(pixels: Pixels, range: 'signed' | 'unit'): FloatTensor {
  const { width, height, channels, data } = pixels;
  const tensor = floatTensor([1, 3, height, width]);
  const plane = width * height;
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++) {
      const value = data[i * channels + (channels === 1 ? 0 : c)]! / 255;
      tensor.data[c * plane + i] = range === 'signed' ? 2 * value - 1 : value;
    }
  return tensor;
}

/** A decoded picture [1, 3, H, W] as RGB bytes: clamp(x / 2 + 1/2) * 255, rounded half to even as numpy does. */
export function picturePixels(picture: FloatTensor): Pixels {
  const [, , height, width] = picture.shape as [number, number, number, number];
  const plane = width * height;
  const data = new Uint8Array(plane * 3);
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++) {
      const value = Math.min(Math.max(Math.fround(picture.data[c * plane + i]! / 2 + 0.5), 0), 1);
      data[i * 3 + c] = roundHalfToEven(Math.fround(value * 255));
    }
  return { width, height, channels: 3, data };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return isHalf ? floor + (floor % 2) : Math.round(value);
}
