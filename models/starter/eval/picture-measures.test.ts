import { describe, expect, it } from 'vitest';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import { blobPixels, isNear, meanColour } from './blob-colour.ts';
import { cutOut } from './drawings.ts';
import { edgeShare, thinned } from './edge-share.ts';

function picture(side: number, colour: (x: number, y: number) => readonly [number, number, number]): RgbPicture {
  const pixels = Array.from({ length: side * side }, (_, i) => colour(i % side, Math.floor(i / side)));
  return { width: side, height: side, data: Uint8Array.from(pixels.flat()) };
}

const grey = (value: number) => [value, value, value] as const;
/** A vertical line, two pixels wide. */
const line = (at: number) => picture(40, (x) => grey(x === at || x === at + 1 ? 255 : 0));
const step = picture(40, (x) => grey(x < 20 ? 60 : 180));

describe('the share of drawn lines that edges follow', () => {
  it('is whole where the edge is within three pixels', () => {
    expect(edgeShare(line(19), step)).toEqual({ length: 36, met: 36 });
    expect(edgeShare(line(22), step)).toMatchObject({ met: 36 });
  });

  it('is none where it is farther, or where the picture is flat', () => {
    expect(edgeShare(line(26), step)).toEqual({ length: 36, met: 0 });
    expect(
      edgeShare(
        line(19),
        picture(40, () => grey(90)),
      ),
    ).toMatchObject({ met: 0 });
  });

  it('is the share of the length', () => {
    const half = picture(40, (x, y) => grey(x < 20 || y < 20 ? 60 : 180));
    const { length, met } = edgeShare(line(19), half);
    expect(met / length).toBeGreaterThan(0.5);
    expect(met / length).toBeLessThan(0.65);
  });

  it('counts thick lines once', () => {
    const thin = thinned(picture(20, (x, y) => grey(y > 3 && y < 16 && x > 6 && x < 12 ? 255 : 0)));
    const rows = Array.from({ length: 20 }, (_, y) => thin.slice(20 * y, 20 * y + 20).reduce((sum, value) => sum + value, 0));
    expect(Math.max(...rows)).toBe(1);
    expect(rows.filter((count) => count === 1).length).toBeGreaterThan(6);
  });
});

describe('the colour of a blob', () => {
  it('is the mean of its pixels', () => {
    const areas = picture(4, (x, y) => grey(y === 0 ? 1 : x === 3 ? 2 : 0));
    const [row, column] = blobPixels(areas) as [number[], number[]];
    expect(row).toEqual([0, 1, 2, 3]);
    expect(column).toEqual([7, 11, 15]);
    const drawn = picture(4, (x) => [10 * x, 100, 50]);
    expect(meanColour(drawn, row)).toEqual([15, 100, 50]);
    expect(meanColour(drawn, column)).toEqual([30, 100, 50]);
  });

  it('leaves out a blob that others cover', () => {
    expect(blobPixels(picture(2, () => grey(3)))).toEqual([[0, 1, 2, 3]]);
  });

  it('is near within the limit in every channel', () => {
    expect(isNear([10, 20, 30], [35, 20, 5], 25)).toBe(true);
    expect(isNear([10, 20, 30], [36, 20, 30], 25)).toBe(false);
  });
});

it('a drawing is cut out of its sheet', () => {
  const sheet = picture(6, (x, y) => [x, y, 0]);
  expect([...cutOut(sheet, 4, 2, 2).data]).toEqual([4, 2, 0, 5, 2, 0, 4, 3, 0, 5, 3, 0]);
});
