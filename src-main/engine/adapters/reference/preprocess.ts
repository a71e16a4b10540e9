import { floatTensor, type FloatTensor } from '../../../../kernels/tensor.ts';
import { resizeBicubic, type ByteImage } from '../../../core/resample/bicubic.ts';

/** Mean and deviation of CLIP's training pictures, by channel. */
const mean = [0.48145466, 0.4578275, 0.40821073].map(Math.fround);
const deviation = [0.26862954, 0.26130258, 0.27577711].map(Math.fround);

/** A picture as image encoders take it [1, 3, S, S]: the short side shrunk to S, the middle cut out, normalised (transformers CLIPImageProcessor). */
export function encoderPixels(picture: ByteImage, side: number): FloatTensor {
  const { width, height, data } = resizeBicubic(picture, shortSideTo(picture, side));
  const top = Math.floor((height - side) / 2);
  const left = Math.floor((width - side) / 2);
  const result = floatTensor([1, 3, side, side]);
  let at = 0;
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const value = Math.fround(data[((top + y) * width + left + x) * picture.channels + c]! * (1 / 255));
        result.data[at++] = Math.fround(Math.fround(value - mean[c]!) / deviation[c]!);
      }
  return result;
}

function shortSideTo({ width, height }: ByteImage, side: number): { width: number; height: number } {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: side, height: long } : { width: long, height: side };
}
