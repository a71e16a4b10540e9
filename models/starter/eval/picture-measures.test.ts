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
  it('is the mean of its oval', () => {
    const thing = { x: 0.5, y: 0.5, radius: 0.25, tilt: 0 };
    const pixels = blobPixels(thing, 40);
    // Area of an ellipse of 0.62 by 0.7 radii of 10 pixels.
    expect(pixels.length).toBeGreaterThan(125);
    expect(pixels.length).toBeLessThan(147);
    const middle = picture(40, (x, y) => (pixels.includes(40 * y + x) ? [200, 100, 50] : [0, 0, 0]));
    expect(meanColour(middle, pixels)).toEqual([200, 100, 50]);
    expect(meanColour(step, pixels).map(Math.round)).toEqual([120, 120, 120]);
  });

  it('turns with its thing', () => {
    const upright = blobPixels({ x: 0.5, y: 0.5, radius: 0.3, tilt: 0 }, 40);
    const turned = blobPixels({ x: 0.5, y: 0.5, radius: 0.3, tilt: Math.PI / 2 }, 40);
    const width = (pixels: readonly number[]) => new Set(pixels.map((pixel) => pixel % 40)).size;
    expect(width(turned)).toBeGreaterThan(width(upright));
    // The oval's middle lies a little below the thing's; a quarter turn to the right moves that to the left.
    expect(Math.max(...turned.map((pixel) => pixel % 40)) + Math.min(...turned.map((pixel) => pixel % 40))).toBeLessThan(39);
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
