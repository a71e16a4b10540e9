import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameAround, intersect, resizeFrame, roundOut, snap, union } from './geometry.ts';
import { applyPatch, revertPatch, tileBounds, tileKey, tilePosition, tilesIn, type TileId, type TileMap, type TilePatch } from './tiles.ts';

const whole = fc.integer({ min: -2000, max: 2000 });
const side = fc.integer({ min: 1, max: 1500 });
const rectangle = fc.record({ x: whole, y: whole, width: side, height: side });

describe('geometry', () => {
  it('finds the common part of two rectangles', () => {
    expect(intersect({ x: 0, y: 0, width: 10, height: 10 }, { x: 5, y: -5, width: 10, height: 10 })).toEqual({
      x: 5,
      y: 0,
      width: 5,
      height: 5,
    });
    expect(intersect({ x: 0, y: 0, width: 10, height: 10 }, { x: 10, y: 0, width: 5, height: 5 })).toBeNull();
  });

  it('covers both rectangles with their union and ignores empty ones', () => {
    const a = { x: 2, y: 3, width: 4, height: 5 };
    expect(union(a, { x: 90, y: 90, width: 0, height: 9 })).toEqual(a);
    expect(union(null, a)).toEqual(a);
    expect(union(a, { x: 0, y: 10, width: 1, height: 1 })).toEqual({ x: 0, y: 3, width: 6, height: 8 });
  });

  it.each([
    ['e', { x: 30, y: 0 }, { x: 0, y: 0, width: 576, height: 512 }],
    ['e', { x: 33, y: 0 }, { x: 0, y: 0, width: 576, height: 512 }],
    ['w', { x: -65, y: 0 }, { x: -64, y: 0, width: 576, height: 512 }],
    ['se', { x: 64, y: -64 }, { x: 0, y: 0, width: 576, height: 448 }],
    ['n', { x: 0, y: 9000 }, { x: 0, y: 448, width: 512, height: 64 }],
  ] as const)('snaps the frame when its handle %s is dragged by %o', (handle, delta, expected) => {
    const frame = { x: 0, y: 0, width: handle === 'e' && delta.x === 30 ? 528 : 512, height: 512 };
    expect(resizeFrame(frame, handle, delta, { step: 64, minimum: 64, maximum: 8192 })).toEqual(expected);
  });

  it('frames an area with sides of whole steps', () => {
    expect(frameAround({ x: 10, y: 20, width: 100, height: 128 }, 64, 8192)).toEqual({ x: -4, y: 20, width: 128, height: 128 });
    expect(frameAround({ x: 0, y: 0, width: 3, height: 9000 }, 8, 8192)).toEqual({ x: -30, y: 404, width: 64, height: 8192 });
  });

  it('snaps to the nearest step, ties upwards', () => {
    expect([snap(31, 64), snap(32, 64), snap(-32, 64), snap(-33, 64)]).toEqual([0, 64, 0, -64]);
  });
});

describe('tiles', () => {
  it('name every tile that a rectangle touches, and no other', () => {
    fc.assert(
      fc.property(rectangle, (area) => {
        const keys = tilesIn(area);
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of keys) expect(intersect(tileBounds(key), area)).not.toBeNull();
        const covered = keys.reduce((sum, key) => {
          const part = intersect(tileBounds(key), area);
          return sum + (part ? part.width * part.height : 0);
        }, 0);
        expect(covered).toBe(area.width * area.height);
      }),
      { seed: 5 },
    );
  });

  it('give their place back from their key', () => {
    expect(tilePosition(tileKey(-3, 12))).toEqual({ column: -3, row: 12 });
    expect(tileBounds('-1,0', { x: 10, y: 20 })).toEqual({ x: -246, y: 20, width: 256, height: 256 });
  });

  it('take a patch back exactly', () => {
    const key = fc.constantFrom('0,0', '1,0', '-1,2');
    const id = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.dictionary(key, id), fc.dictionary(key, fc.option(id)), (map, change) => {
        const tiles = map as unknown as TileMap;
        const patch = change as unknown as TilePatch;
        expect(applyPatch(applyPatch(tiles, patch), revertPatch(tiles, patch))).toEqual(tiles);
      }),
      { seed: 9 },
    );
    expect(applyPatch({ '0,0': 'a' as TileId }, { '0,0': null })).toEqual({});
  });

  it('are covered by the rectangle of whole pixels around them', () => {
    expect(roundOut({ x: 0.2, y: -0.2, width: 1, height: 1 })).toEqual({ x: 0, y: -1, width: 2, height: 2 });
  });
});
