import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverage, coverageRemarks, uncovered } from './coverage.ts';
import { feather } from './feather.ts';
import { complement, rectangleMask, regionMask, resizeArea, resizeHard, resizeNearest, type RegionMask } from './mask.ts';
import { halve, maskAt } from './pool.ts';
import { hiddenScore, isolateGates, jointScores } from './weights.ts';

const seed = 20261122;
const mask = (height: number, width: number, data: number[]): RegionMask => regionMask(height, width, data);

/** An odd picture with one pixel set. */
function dot(height: number, width: number, y: number, x: number): RegionMask {
  const data = new Array<number>(height * width).fill(0);
  data[y * width + x] = 1;
  return mask(height, width, data);
}

describe('masks', () => {
  test('of rectangles are cut at the frame', () => {
    expect([...rectangleMask({ height: 2, width: 4 }, { x: 3, y: -1, width: 5, height: 2 }).data]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect(coverage(rectangleMask({ height: 8, width: 8 }, { x: 20, y: 0, width: 4, height: 4 }))).toBe(0);
  });

  test('resize by the nearest pixel as torch does, and by area without losing coverage', () => {
    const row = mask(1, 4, [1, 0, 1, 0]);
    expect([...resizeNearest(row, { height: 1, width: 2 }).data]).toEqual([1, 1]);
    expect([...resizeArea(row, { height: 1, width: 2 }).data]).toEqual([0.5, 0.5]);
    expect([...resizeArea(mask(1, 3, [1, 0, 0]), { height: 1, width: 2 }).data].map((value) => value.toFixed(4))).toEqual([
      '0.6667',
      '0.0000',
    ]);
  });

  test('hard ones decide each cell by half its area, and keep the best cell of a region smaller than a cell', () => {
    expect([...resizeHard(mask(1, 4, [1, 1, 1, 0]), { height: 1, width: 2 }).data]).toEqual([1, 0]);
    expect([...resizeHard(dot(8, 16, 0, 9), { height: 1, width: 2 }).data]).toEqual([0, 1]);
    expect([...resizeHard(mask(1, 2, [0, 0]), { height: 1, width: 1 }).data]).toEqual([0]);
  });

  test('and their complements cover each pixel once', () => {
    const half = mask(1, 2, [1, 0]);
    expect([...complement(half).data]).toEqual([0, 1]);
    expect(coverage(uncovered([half, complement(half)]))).toBe(0);
  });

  test('refuse data of another size', () => {
    expect(() => regionMask(2, 2, [1])).toThrow('mask of 2 x 2: expected 4 values, got 1');
  });

  test('feathered keep their middle and fade at the edge', () => {
    const edge = Array.from({ length: 16 }, (_, index) => (index < 8 ? 1 : 0));
    const soft = feather(mask(1, 16, edge), 4).data;
    expect(soft[0]).toBeCloseTo(1, 6);
    expect(soft[15]).toBeCloseTo(0, 6);
    expect(soft[7]! + soft[8]!).toBeCloseTo(1, 5);
    expect([...soft]).toEqual([...soft].toSorted((a, b) => b - a));
    expect(feather(mask(1, 16, edge), 0).data).toEqual(Float32Array.from(edge));
  });
});

describe('levels', () => {
  test('round up, and pool a last odd row and column over what there is', () => {
    const level = halve(mask(3, 3, [0, 0, 1, 0, 0, 0, 0, 1, 0]), 'mean');
    expect({ ...level, data: [...level.data] }).toEqual({ height: 2, width: 2, data: [0, 0.5, 0.5, 0] });
  });

  test('never lose a region of a single cell', () => {
    const place = fc.record({ height: fc.integer({ min: 1, max: 65 }), width: fc.integer({ min: 1, max: 65 }), y: fc.nat(), x: fc.nat() });
    const property = fc.property(place, ({ height, width, y, x }) => {
      let level = dot(height, width, y % height, x % width);
      for (let step = 0; step < 4; step++) {
        expect([...level.data].filter((value) => value === 1)).toHaveLength(1);
        level = halve(level, 'max');
      }
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test('are found by their real height and width, never by a number of tokens', () => {
    const picture = dot(12, 10, 11, 9);
    expect(maskAt(picture, { height: 3, width: 3 }, 'max')).toMatchObject({ height: 3, width: 3 });
    expect(() => maskAt(picture, { height: 5, width: 6 }, 'max')).toThrow('a mask of 12 x 10 has no level of 5 x 6');
  });
});

describe('the joint softmax', () => {
  const grid = { height: 1, width: 3 };
  const prompt = { isSoft: false, strength: 1, isHidden: false };

  test('hides a prompt outside its mask and shows it inside', () => {
    const scores = jointScores([{ ...prompt, mask: mask(1, 3, [1, 0.5, 0]) }], grid, true);
    expect([...scores]).toEqual([0, hiddenScore, hiddenScore]);
  });

  test('weighs soft masks and strength by their logarithm', () => {
    const scores = jointScores([{ ...prompt, mask: mask(1, 3, [1, 0.5, 0]), isSoft: true, strength: 2 }], grid, true);
    expect(scores[0]).toBeCloseTo(Math.log(2), 6);
    expect([...scores.slice(1)]).toEqual([0, hiddenScore]);
  });

  test('shows every prompt where none would be seen, so that no query is lost', () => {
    const prompts = [
      { ...prompt, mask: mask(1, 3, [1, 0, 0]) },
      { ...prompt, mask: mask(1, 3, [0, 1, 0]) },
      { ...prompt, isHidden: true },
    ];
    expect([...jointScores(prompts, grid, false)]).toEqual([0, hiddenScore, hiddenScore, hiddenScore, 0, hiddenScore, 0, 0, hiddenScore]);
    expect([...jointScores(prompts, grid, true).slice(6)]).toEqual([hiddenScore, hiddenScore, hiddenScore]);
  });

  test('shares each query with isolated regions so that all shares add up to 1', () => {
    const soft = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    const property = fc.property(fc.array(soft, { minLength: 1, maxLength: 4 }), (rows) => {
      const { gates, joint } = isolateGates(
        rows.map((data) => ({ mask: mask(1, 3, data), isSoft: true })),
        grid,
      );
      for (let q = 0; q < 3; q++) expect(gates.reduce((sum, gate) => sum + gate[q]!, joint[q]!)).toBeCloseTo(1, 5);
    });
    fc.assert(property, { seed, numRuns: 50 });
  });
});

test('the user is told of empty and tiny regions and of pixels that no prompt covers', () => {
  const tiny = dot(10, 10, 0, 0);
  const regions = [
    { name: 'sky', mask: rectangleMask({ height: 10, width: 10 }, { x: 0, y: 0, width: 10, height: 5 }) },
    { name: 'bird', mask: tiny },
    { name: 'ghost', mask: rectangleMask({ height: 10, width: 10 }, { x: 50, y: 0, width: 1, height: 1 }) },
  ];
  expect(coverageRemarks(regions, false).map(({ message }) => message)).toEqual([
    'The region "bird" covers 1.0 % of the picture; regions under 2 % often do not show.',
    'The region "ghost" covers nothing, so it has no effect.',
    'No prompt covers 50 % of the picture; there, the prompts of all regions count.',
  ]);
  expect(coverageRemarks(regions.slice(0, 1), true)).toEqual([]);
});
