import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { concatenate } from '../../contract/concatenate.ts';
import { pngSignature } from '../../formats/png/chunks.ts';
import { pngChunk } from '../../formats/png/write-chunk.ts';

const paeth = 4;
const channels = 3;

interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/**
 * An 8-bit RGB picture as PNG (W3C PNG, third edition), the same bytes for the same pixels. Every row has the Paeth filter: on drawn
 * and photographic pictures within a few percent of choosing per row, in a fifth of the time.
 */
export async function encodePng(picture: RgbPicture): Promise<Uint8Array> {
  const { width, height, rgb } = picture;
  if (rgb.length !== width * height * channels)
    throw new Error(`A picture of ${width}x${height} must have ${width * height * channels} bytes, found ${rgb.length}.`);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = await promisify(deflate)(filterRows(picture), { level: 6 });
  return concatenate([pngSignature, pngChunk('IHDR', header), pngChunk('IDAT', pixels), pngChunk('IEND')]);
}

function filterRows({ width, height, rgb }: RgbPicture): Uint8Array {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const target = y * (stride + 1);
    rows[target] = paeth;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? rgb[at - channels]! : 0;
      const up = y > 0 ? rgb[at - stride]! : 0;
      const upLeft = x >= channels && y > 0 ? rgb[at - stride - channels]! : 0;
      rows[target + 1 + x] = rgb[at]! - predict(left, up, upLeft);
    }
  }
  return rows;
}

/** The PNG standard, 9.4. */
function predict(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
