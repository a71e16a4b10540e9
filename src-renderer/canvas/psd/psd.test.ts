import { writePsdUint8Array, type Psd } from 'ag-psd';
import { describe, expect, it } from 'vitest';
import type { FlatDocument, FlatLayer, Picture } from './flat-document.ts';
import { decodePsd, encodePsd } from './psd-bytes.ts';

function plain(width: number, height: number, colour: readonly [number, number, number, number]): Picture {
  return { width, height, data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, index) => colour[index % 4] ?? 0) };
}

const sky: FlatLayer = {
  name: 'Himmel ☁',
  left: 0,
  top: 0,
  picture: plain(8, 6, [10, 20, 200, 255]),
  opacity: 1,
  blend: 'normal',
  isHidden: false,
};
const shade: FlatLayer = {
  ...sky,
  name: 'Shade',
  left: -2,
  top: 3,
  picture: plain(3, 2, [200, 0, 0, 128]),
  opacity: 0.5,
  blend: 'color-burn',
};
const region: FlatLayer = {
  ...sky,
  name: 'Boat',
  left: 2,
  top: 1,
  picture: plain(2, 2, [0, 255, 0, 255]),
  mask: Uint8ClampedArray.of(255, 0, 128, 64),
};
const document: FlatDocument = {
  width: 8,
  height: 6,
  content: [{ name: 'Regions', isHidden: true, layers: [region] }, shade, sky],
  merged: plain(8, 6, [10, 20, 200, 255]),
};

describe('a layered Photoshop file', () => {
  it('keeps order, names, places, opacity, blend modes and pixels', () => {
    const { width, height, layers, problems } = decodePsd(encodePsd(document));
    expect([width, height, problems]).toEqual([8, 6, []]);
    expect(layers.map(({ name, left, top, blend, isHidden }) => ({ name, left, top, blend, isHidden }))).toEqual([
      { name: 'Boat', left: 2, top: 1, blend: 'normal', isHidden: true },
      { name: 'Shade', left: -2, top: 3, blend: 'color-burn', isHidden: false },
      { name: 'Himmel ☁', left: 0, top: 0, blend: 'normal', isHidden: false },
    ]);
    expect(layers[1]?.opacity).toBeCloseTo(0.5, 2);
    expect(layers[1]?.picture).toEqual(shade.picture);
    expect(layers[2]?.picture).toEqual(sky.picture);
  });

  it('begins as the format says and holds the layers from bottom to top', () => {
    const bytes = encodePsd(document);
    const text = new TextDecoder('latin1').decode(bytes);
    expect(text.startsWith('8BPS\0\x01')).toBe(true);
    expect(text.indexOf('Himmel')).toBeLessThan(text.indexOf('Shade'));
    expect(text.indexOf('Shade')).toBeLessThan(text.indexOf('Boat'));
  });

  it('gives masks back as alpha', () => {
    const [boat] = decodePsd(encodePsd(document)).layers;
    expect([...(boat?.picture.data ?? [])].filter((_, index) => index % 4 === 3)).toEqual([255, 0, 128, 64]);
  });

  it('says what it could not take over, and reads a file without layers', () => {
    const foreign: Psd = {
      width: 8,
      height: 6,
      children: [{ name: 'Curves 1' }, { name: 'Glow', blendMode: 'linear dodge', imageData: sky.picture }],
      imageData: sky.picture,
    };
    const { layers, problems } = decodePsd(writePsdUint8Array(foreign));
    expect(layers.map(({ name, blend }) => ({ name, blend }))).toEqual([{ name: 'Glow', blend: 'normal' }]);
    expect(problems).toEqual([
      'Without pixels and left out: Curves 1.',
      'Blend modes that are not known here became normal: linear dodge.',
    ]);
    const flat = decodePsd(writePsdUint8Array({ width: 8, height: 6, imageData: sky.picture }));
    expect(flat.layers).toMatchObject([{ name: 'Background', picture: sky.picture }]);
  });

  it('refuses what is no such file', () => {
    expect(() => decodePsd(new TextEncoder().encode('no picture, but long enough to be looked at'))).toThrow();
  });
});
