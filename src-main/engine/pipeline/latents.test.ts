import { expect, it } from 'vitest';
import { floatTensor, type Tensor } from '../../../kernels/tensor.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { encodePicture } from './latents.ts';

/** A VAE whose mean is the brightness of each block of 8 pixels, and which remembers the sizes it was asked for. */
function fakeModel() {
  const sizes: string[] = [];
  const vaeEncoder = (height: number, width: number) => {
    sizes.push(`${height}x${width}`);
    const run = (inputs: ReadonlyMap<string, Tensor>) => {
      const picture = inputs.get('image')!;
      const [h, w] = [height / 8, width / 8];
      const mean = Float32Array.from({ length: h * w }, (_, i) => picture.data[Math.floor(i / w) * 8 * width + (i % w) * 8]!);
      const moments = floatTensor([1, 2, h, w], Float32Array.of(...mean, ...mean));
      return Promise.resolve(new Map([['moments', moments]]));
    };
    return Promise.resolve({ run });
  };
  return { sizes, model: { vaeEncoder, description: { vaeFactor: 8 } } as unknown as LoadedModel };
}

const picture = floatTensor(
  [1, 3, 96, 64],
  Float32Array.from({ length: 3 * 96 * 64 }, (_, i) => Math.floor(i / 64 / 8)),
);

it('encodes a picture in tiles where it is to take less memory, to the same latents', async () => {
  const [whole, tiles] = [fakeModel(), fakeModel()];
  const expected = await encodePicture(whole.model, picture);
  const found = await encodePicture(tiles.model, picture, 4);
  expect(whole.sizes).toEqual(['96x64']);
  expect(new Set(tiles.sizes)).toEqual(new Set(['32x32', '32x16', '24x32', '24x16']));
  expect(found.mean.shape).toEqual([1, 1, 12, 8]);
  expect(found).toEqual(expected);
});
