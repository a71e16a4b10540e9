import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitCrop, moveCrop, resizeCrop, wholeCrop } from './crop.ts';
import { handles } from './geometry.ts';

const size = { width: 300, height: 200 };
const crop = { x: 50, y: 40, width: 100, height: 80 };

describe('the crop of a reference picture', () => {
  it('begins with the whole picture, or its largest square in the middle', () => {
    expect(wholeCrop(size, false)).toEqual({ x: 0, y: 0, width: 300, height: 200 });
    expect(wholeCrop(size, true)).toEqual({ x: 50, y: 0, width: 200, height: 200 });
  });

  it.each([
    ['e', false, { x: 20, y: 99 }, { ...crop, width: 120 }],
    ['nw', false, { x: -10, y: 5 }, { x: 40, y: 45, width: 110, height: 75 }],
    ['se', false, { x: 900, y: 900 }, { x: 50, y: 40, width: 250, height: 160 }],
    ['se', true, { x: 30, y: 0 }, { x: 50, y: 40, width: 130, height: 130 }],
    ['n', true, { x: 0, y: -30 }, { x: 50, y: 10, width: 110, height: 110 }],
    ['w', false, { x: 500, y: 0 }, { x: 134, y: 40, width: 16, height: 80 }],
  ] as const)('is resized by its handle %s (square: %s)', (handle, isSquare, delta, expected) => {
    expect(resizeCrop(crop, handle, delta, { size, isSquare })).toEqual(expected);
  });

  it('stops at the edges of the picture when it is moved', () => {
    expect(moveCrop(crop, { x: 500, y: -500 }, size)).toEqual({ ...crop, x: 200, y: 0 });
  });

  it('lies in the picture whatever is done to it', () => {
    const delta = fc.record({ x: fc.integer({ min: -400, max: 400 }), y: fc.integer({ min: -400, max: 400 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...handles), delta, fc.boolean()), { maxLength: 12 }), (drags) => {
        let at = crop;
        for (const [handle, by, isSquare] of drags) {
          at = fitCrop(resizeCrop(at, handle, by, { size, isSquare }), size, isSquare);
          expect(Math.min(at.x, at.y, at.width - 1, at.height - 1)).toBeGreaterThanOrEqual(0);
          expect(at.x + at.width).toBeLessThanOrEqual(size.width);
          expect(at.y + at.height).toBeLessThanOrEqual(size.height);
          if (isSquare) expect(at.width).toBe(at.height);
        }
      }),
      { seed: 17 },
    );
  });
});
