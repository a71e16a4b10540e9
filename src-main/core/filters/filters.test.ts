import { describe, expect, it } from 'vitest';
import { filterNames, filters } from '../../contract/filters.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { applyFilter } from './filter.ts';
import { gaussian } from './gaussian.ts';

/** A grey picture from rows of values. */
function grey(rows: readonly (readonly number[])[]): RgbPicture {
  const data = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return { width: rows[0]!.length, height: rows.length, data };
}

const plain = (width: number, height: number, value: number) =>
  grey(Array.from({ length: height }, () => Array<number>(width).fill(value)));
/** Dark on the left of `at`, bright from it on. */
const step = (width: number, height: number, at: number) =>
  grey(Array.from({ length: height }, () => Array.from({ length: width }, (_, x) => (x < at ? 0 : 200))));
/** Red values of a row. */
const row = ({ width, data }: RgbPicture, y: number) => Array.from({ length: width }, (_, x) => data[3 * (y * width + x)]!);
const pixel = ({ width, data }: RgbPicture, x: number, y: number) =>
  Array.from(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));

describe('every filter', () => {
  it.each(filterNames)('%s gives a picture of the same size and leaves its input alone', (name) => {
    const picture = step(21, 13, 10);
    const before = picture.data.slice();
    const filtered = applyFilter(name, picture);
    expect({ width: filtered.width, height: filtered.height, bytes: filtered.data.length }).toEqual({ width: 21, height: 13, bytes: 819 });
    expect(picture.data).toEqual(before);
  });

  it.each(filterNames)('%s takes a single pixel', (name) => {
    expect(applyFilter(name, plain(1, 1, 90)).data).toHaveLength(3);
  });

  it.each(filterNames)('%s has defaults within its limits', (name) => {
    for (const { min, max, default: byDefault } of filters[name].parameters) {
      expect(byDefault).toBeGreaterThanOrEqual(min);
      expect(byDefault).toBeLessThanOrEqual(max);
    }
  });

  it.each(['canny', 'line-art', 'scribble', 'soft-edge'] as const)('%s finds nothing in a flat picture', (name) => {
    expect(applyFilter(name, plain(16, 16, 140)).data.every((value) => value === 0)).toBe(true);
  });
});

describe('parameters', () => {
  it('are refused by name when a filter does not have them', () => {
    expect(() => applyFilter('invert', plain(1, 1, 0), { low: 1 })).toThrow(
      expect.objectContaining({ code: 'filterParameter', message: 'The filter Invert takes no parameters; found low.' }),
    );
  });

  it.each([-1, 2000, Number.NaN])('are refused outside their limits: %d', (low) => {
    expect(() => applyFilter('canny', plain(1, 1, 0), { low })).toThrow('must be from 0 to 1000');
  });
});

describe('Canny edges', () => {
  it('are one pixel wide on a step', () => {
    expect(row(applyFilter('canny', step(10, 6, 5), { sigma: 0 }), 3)).toEqual([0, 0, 0, 0, 255, 0, 0, 0, 0, 0]);
  });

  it('are found between colours of equal brightness', () => {
    const data = Uint8Array.from(Array.from({ length: 36 }, (_, i) => (i % 6 < 3 ? [221, 85, 51] : [120, 128, 187])).flat());
    expect(row(applyFilter('canny', { width: 6, height: 6, data }, { sigma: 0 }), 3)).toEqual([0, 0, 255, 0, 0, 0]);
  });

  it('need the high threshold somewhere, and then go on down to the low one', () => {
    // A step that fades from 200 above to 40 below: Sobel lengths of 800 down to 160.
    const fading = grey(Array.from({ length: 9 }, (_, y) => Array.from({ length: 12 }, (__, x) => (x < 6 ? 0 : 200 - 20 * y))));
    const count = (low: number, high: number) =>
      applyFilter('canny', fading, { sigma: 0, low, high }).data.filter((value) => value === 255).length / 3;
    expect(count(1000, 1000)).toBe(0);
    expect(count(500, 700)).toBeGreaterThan(0);
    expect(count(200, 700)).toBeGreaterThan(count(500, 700));
  });
});

describe('line art', () => {
  it('is bright on a dark line and nowhere else', () => {
    const line = grey(Array.from({ length: 9 }, () => [255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255]));
    const found = row(applyFilter('line-art', line), 4);
    expect(found[5]).toBe(255);
    expect(found.slice(0, 3)).toEqual([0, 0, 0]);
    expect(found).toEqual(found.toReversed());
  });

  it('leaves bright lines on dark ground out', () => {
    const line = grey(Array.from({ length: 9 }, () => [0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0]));
    expect(row(applyFilter('line-art', line), 4)[5]).toBe(0);
  });
});

describe('scribble', () => {
  it('draws an edge with the width asked for', () => {
    const found = row(applyFilter('scribble', step(20, 9, 10), { sigma: 0, width: 5 }), 4);
    expect(found.filter((value) => value === 255)).toHaveLength(5);
    expect(found[9]).toBe(255);
  });
});

describe('soft edges', () => {
  it('are brightest at the step and fall to both sides', () => {
    const found = row(applyFilter('soft-edge', step(40, 8, 20)), 4);
    expect(found[19]).toBe(Math.max(...found));
    expect(found[20]).toBe(found[19]);
    expect(found[15]!).toBeLessThan(found[18]!);
    expect(found).toEqual(found.toReversed());
  });
});

describe('normals', () => {
  it('of a flat picture point at the viewer', () => {
    expect(pixel(applyFilter('normal', plain(5, 5, 77)), 2, 2)).toEqual([128, 128, 255]);
  });

  it('of a slope that rises to the right point to the left, of one that rises downwards up', () => {
    const rising = grey(Array.from({ length: 7 }, () => Array.from({ length: 7 }, (_, x) => 30 * x)));
    const strength = 255 / 30; // One pixel higher each pixel: 45 degrees.
    expect(pixel(applyFilter('normal', rising, { sigma: 0, strength }), 3, 3)).toEqual([37, 128, 218]);
    const downwards = grey(Array.from({ length: 7 }, (_, y) => Array<number>(7).fill(30 * y)));
    expect(pixel(applyFilter('normal', downwards, { sigma: 0, strength }), 3, 3)).toEqual([128, 218, 218]);
  });
});

describe('blur', () => {
  it('keeps flat pictures, and every picture with radius 0', () => {
    expect(applyFilter('blur', plain(30, 20, 91), { sigma: 20 })).toEqual(plain(30, 20, 91));
    expect(applyFilter('blur', step(8, 4, 3), { sigma: 0 })).toEqual(step(8, 4, 3));
  });

  it.each([1, 3, 5, 8, 20])('spreads a point by its standard deviation: %d pixels', (sigma) => {
    const side = 12 * sigma + 1;
    const middle = (side - 1) / 2;
    const point = new Float32Array(side * side);
    point[middle * side + middle] = 1;
    let total = 0;
    let variance = 0;
    gaussian({ width: side, height: side, data: point }, sigma).data.forEach((value, i) => {
      total += value;
      variance += value * ((i % side) - middle) ** 2;
    });
    expect(total).toBeCloseTo(1, 4);
    expect(Math.abs(Math.sqrt(variance) - sigma) / sigma).toBeLessThan(0.03);
  });
});

describe('tile and colour map', () => {
  const pattern = grey([
    [0, 100, 10, 10],
    [100, 0, 10, 10],
  ]);

  it('gives each square its mean', () => {
    expect(applyFilter('colour-map', pattern, { size: 2 })).toEqual(grey([[50, 50, 10, 10], [50, 50, 10, 10]])); // prettier-ignore
  });

  it('means what there is where a square is cut by the edge', () => {
    expect(row(applyFilter('colour-map', grey([[0, 20, 90]]), { size: 2 }), 0)).toEqual([10, 10, 90]);
  });

  it('interpolates between the small pixels', () => {
    expect(row(applyFilter('tile', pattern, { factor: 2 }), 0)).toEqual([50, 40, 20, 10]);
    expect(applyFilter('tile', pattern, { factor: 1 })).toEqual(pattern);
  });
});

describe('point filters', () => {
  it('invert', () => {
    expect(row(applyFilter('invert', grey([[0, 1, 255]])), 0)).toEqual([255, 254, 0]);
    expect(applyFilter('invert', applyFilter('invert', step(5, 5, 2)))).toEqual(step(5, 5, 2));
  });

  it('threshold is white from the level on', () => {
    expect(row(applyFilter('threshold', grey([[0, 127, 128, 255]])), 0)).toEqual([0, 0, 255, 255]);
    expect(row(applyFilter('threshold', grey([[0, 255]]), { level: 256 }), 0)).toEqual([0, 0]);
  });

  it('threshold weighs colours as the eye does', () => {
    const colours: RgbPicture = { width: 3, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) };
    expect(row(applyFilter('threshold', colours, { level: 100 }), 0)).toEqual([0, 255, 0]);
  });
});

describe('depth gradient', () => {
  it('is near below by default, and to any side by its angle', () => {
    const frame = plain(3, 3, 7);
    expect([0, 1, 2].map((y) => row(applyFilter('depth-gradient', frame), y)[0])).toEqual([0, 128, 255]);
    expect(row(applyFilter('depth-gradient', frame, { angle: 180, far: 10, near: 90 }), 0)).toEqual([90, 50, 10]);
  });

  it('reaches its ends in the corners on a diagonal', () => {
    const diagonal = applyFilter('depth-gradient', plain(4, 4, 0), { angle: 45 });
    expect([pixel(diagonal, 0, 0)[0], pixel(diagonal, 3, 3)[0]]).toEqual([0, 255]);
  });
});
