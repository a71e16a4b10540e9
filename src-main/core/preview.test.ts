import { expect, test } from 'vitest';
import { latentPreview, previewMatrices } from './preview.ts';

test('a preview weighs the channels of each pixel', () => {
  const matrix = { channels: [[1, 0, 0], [0, 0.5, -2]], bias: [0, 0, 1] } as const; // prettier-ignore
  expect([...latentPreview(Float32Array.of(1, -1, 0, 1), matrix)]).toEqual([255, 128, 255, 0, 191, 0]);
});

test('an empty latent shows the bias', () => {
  expect([...latentPreview(new Float32Array(4), previewMatrices.sd1)]).toEqual([125, 120, 114]);
});

test('values that do not fill the channels are refused', () => {
  expect(() => latentPreview(new Float32Array(5), previewMatrices.sdxl)).toThrow(/expected 4 channels, got 5 values/);
});
