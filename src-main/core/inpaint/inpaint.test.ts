import { describe, expect, it } from 'vitest';
import { rectangleMask, regionMask, type RegionMask } from '../regions/mask.ts';
import { distanceToMask } from './distance.ts';
import { fade } from './fade.ts';
import { grow } from './grow.ts';
import { infill } from './infill.ts';
import { latentLevels, shareAfter } from './levels.ts';
import { pasteBack } from './paste-back.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { smallRandom } from './small-random.ts';

const rounded = ({ data }: RegionMask) => Array.from(data, (value) => Math.round(value * 100) / 100);
const dot = (side: number) => rectangleMask({ height: side, width: side }, { x: (side - 1) / 2, y: (side - 1) / 2, width: 1, height: 1 });

describe('distance to a mask', () => {
  it('is exact, also on the diagonals', () => {
    expect(Array.from(distanceToMask(dot(3)), (value) => value ** 2).map(Math.round)).toEqual([2, 1, 2, 1, 0, 1, 2, 1, 2]);
  });

  it('is what looking at every pixel gives', () => {
    const random = smallRandom(3);
    const mask = regionMask(
      9,
      13,
      Array.from({ length: 117 }, () => (random() < 0.05 ? 1 : 0)),
    );
    const inside = Array.from(mask.data.keys()).filter((i) => mask.data[i] === 1);
    const nearest = (i: number) => Math.min(...inside.map((j) => Math.hypot((i % 13) - (j % 13), Math.floor(i / 13) - Math.floor(j / 13))));
    distanceToMask(mask).forEach((value, i) => expect(value).toBeCloseTo(nearest(i), 5));
  });

  it('is infinite everywhere for an empty mask', () => {
    expect(distanceToMask(regionMask(1, 2, [0, 0]))).toEqual(Float32Array.of(Infinity, Infinity));
  });
});

describe('growing a mask', () => {
  it('adds a disc and keeps soft values beyond it', () => {
    const line = regionMask(1, 7, [0, 0.2, 0, 1, 0, 0, 0.3]);
    expect(rounded(grow(line, 1))).toEqual([0, 0.2, 1, 1, 1, 0, 0.3]);
  });

  it('takes a disc away for a negative radius', () => {
    expect(rounded(grow(regionMask(1, 6, [0, 1, 1, 1, 1, 0.8]), -1))).toEqual([0, 0, 1, 1, 1, 0.8]);
  });
});

describe('fading a mask', () => {
  it('falls with the distance and ends at its reach', () => {
    expect(rounded(fade(regionMask(1, 6, [1, 0, 0, 0, 0, 0]), 3))).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
  });

  it('leaves a mask as it is without reach', () => {
    const mask = dot(3);
    expect(fade(mask, 0)).toBe(mask);
  });
});

describe('levels of the latents', () => {
  it('are the largest value under each cell', () => {
    expect(Array.from(latentLevels(regionMask(2, 4, [0, 0, 0.5, 1, 0.25, 0, 0, 0]), { height: 1, width: 2 }))).toEqual([0.25, 1]);
  });

  it('are redrawn for their share of the steps, rounded up', () => {
    const steps = (level: number) => [0, 1, 2, 3].filter((step) => shareAfter(step, 4) < level).length;
    expect([0, 0.1, 0.25, 0.5, 0.6, 1].map(steps)).toEqual([0, 1, 1, 2, 3, 4]);
  });
});

const grey = (values: readonly number[], width = values.length): RgbPicture => ({
  width,
  height: values.length / width,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const values = ({ data }: RgbPicture) => Array.from(data).filter((_, i) => i % 3 === 0);

describe('pasting back', () => {
  it('keeps untouched bytes, crosses over in the outer half of the fade and takes the drawing within', () => {
    const pasted = pasteBack(grey([10, 10, 10, 10]), grey([110, 110, 110, 110]), regionMask(1, 4, [0, 0.25, 0.5, 1]));
    expect(values(pasted)).toEqual([10, 60, 110, 110]);
  });
});

describe('infill', () => {
  const picture = grey([10, 20, 0, 0], 4);
  const hole = Uint8Array.of(0, 0, 1, 1);

  it('leaves the picture alone where it is not asked for or nothing is missing', () => {
    expect(infill('none', picture, hole, 0)).toBe(picture);
    expect(infill('blur', picture, new Uint8Array(4), 0)).toBe(picture);
  });

  it('is mid grey where nothing is known', () => {
    for (const method of ['colour', 'tile', 'blur', 'patch'] as const)
      expect(values(infill(method, picture, new Uint8Array(4).fill(1), 0))).toEqual([128, 128, 128, 128]);
  });

  it('fills with the mean colour', () => {
    expect(values(infill('colour', picture, hole, 0))).toEqual([10, 20, 15, 15]);
  });

  it('blurs from the edges of the hole: near pixels are like their neighbours', () => {
    const row = grey([0, 0, 0, 7, 7, 200, 200, 200]);
    const [, , , left, right] = values(infill('blur', row, Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0), 0));
    expect(left).toBeLessThan(right!);
    expect(left).toBeGreaterThan(0);
    expect(right).toBeLessThan(200);
  });

  const stripes = grey(
    Array.from({ length: 64 * 64 }, (_, i) => (i % 4 < 2 ? 40 : 200)),
    64,
  );
  const window = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 > 24 && i % 64 < 40 && i > 64 * 24 && i < 64 * 40 ? 1 : 0));
  const cut = { ...stripes, data: stripes.data.map((value, i) => (window[Math.floor(i / 3)] ? 0 : value)) };

  it('lays known tiles: a texture in step with the grid is continued exactly', () => {
    expect(infill('tile', cut, window, 5).data).toEqual(stripes.data);
  });

  it('finds patches that continue a texture', () => {
    const filled = infill('patch', cut, window, 5);
    let error = 0;
    filled.data.forEach((value, i) => (error += Math.abs(value - stripes.data[i]!)));
    expect(error / 3 / window.reduce((sum, value) => sum + value, 0)).toBeLessThan(8);
  });

  it('never changes a known pixel and gives the same picture again', () => {
    for (const method of ['colour', 'tile', 'blur', 'patch'] as const) {
      const filled = infill(method, cut, window, 9);
      expect(filled.data.every((value, i) => window[Math.floor(i / 3)] || value === cut.data[i])).toBe(true);
      expect(infill(method, cut, window, 9).data).toEqual(filled.data);
    }
  });
});
