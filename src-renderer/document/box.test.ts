import { describe, expect, it } from 'vitest';
import { apply } from './affine.ts';
import { boxCorners, boxMatrix, boxOf, boxPoint, flipBox, moveBox, quarterTurn, rotateBox, scaleBox } from './box.ts';

const box = boxOf({ x: 10, y: 20, width: 40, height: 20 });
const free = { keepsProportions: false, isFromMiddle: false };
const turned = { ...box, angle: Math.PI / 6 };

function rounded({ x, y }: { x: number; y: number }) {
  return { x: Math.round(x * 1e6) / 1e6 + 0, y: Math.round(y * 1e6) / 1e6 + 0 };
}

describe('a box', () => {
  it('shows a picture of its size unchanged while it is upright', () => {
    expect(boxMatrix(box, { width: 40, height: 20 })).toEqual([1, 0, -0, 1, 10, 20]);
  });

  it('keeps the side that lies opposite a dragged handle where it is, turned or not', () => {
    for (const before of [box, turned]) {
      const after = scaleBox(before, 'se', { x: 13, y: 9 }, free);
      expect(rounded(boxPoint(after, { x: -1, y: -1 }))).toEqual(rounded(boxPoint(before, { x: -1, y: -1 })));
      const side = scaleBox(before, 'w', { x: -8, y: 3 }, free);
      expect(rounded(boxPoint(side, { x: 1, y: 0 }))).toEqual(rounded(boxPoint(before, { x: 1, y: 0 })));
      expect(side.height).toBe(before.height);
    }
  });

  it('has whole sides while it is upright', () => {
    const after = scaleBox(box, 'e', { x: 7.4, y: 0 }, free);
    expect([after.width, after.height]).toEqual([47, 20]);
    expect(boxCorners(after)[0]).toEqual({ x: 10, y: 20 });
  });

  it('keeps proportions and the middle when asked to', () => {
    const after = scaleBox(box, 'se', { x: 20, y: 0 }, { keepsProportions: true, isFromMiddle: true });
    expect(after).toEqual({ ...box, width: 80, height: 40 });
  });

  it('is flipped by dragging a side past the other, and never has no size', () => {
    const after = scaleBox(box, 'e', { x: -70, y: 0 }, free);
    expect(after).toMatchObject({ width: 30, isFlippedX: true, isFlippedY: false });
    expect(boxCorners(after)[1]).toEqual({ x: 10, y: 20 });
    expect(scaleBox(box, 'e', { x: -40, y: 0 }, free).width).toBe(1);
  });

  it('turns about its middle, in steps when asked to', () => {
    const right = { x: 60, y: 30 };
    const below = { x: 31, y: 60 };
    const quarter = rotateBox(box, right, below, Math.PI / 12);
    expect(quarter.angle).toBeCloseTo(Math.PI / 2);
    expect(rounded(boxPoint(quarter, { x: 1, y: 0 }))).toEqual({ x: 30, y: 50 });
  });

  it('falls on whole pixels after a quarter turn', () => {
    const odd = boxOf({ x: 0, y: 0, width: 3, height: 2 });
    const corners = boxCorners(quarterTurn(odd, 1));
    for (const { x, y } of corners) expect([x % 1, y % 1].map(Math.abs)).toEqual([0, 0]);
    const size = { width: 3, height: 2 };
    expect(apply(boxMatrix(quarterTurn(odd, 1), size), { x: 0, y: 0 })).toEqual({ x: 3, y: 0 });
  });

  it('is the same after two flips, and mirrors what is seen even when it is turned', () => {
    const size = { width: 40, height: 20 };
    const once = flipBox(turned, 'x');
    const before = apply(boxMatrix(turned, size), { x: 3, y: 4 });
    const after = apply(boxMatrix(once, size), { x: 3, y: 4 });
    expect(rounded(after)).toEqual(rounded({ x: 2 * box.centre.x - before.x, y: before.y }));
    expect(flipBox(once, 'x')).toEqual(turned);
  });

  it('moves by what it is told', () => {
    expect(moveBox(box, { x: 1, y: -2 }).centre).toEqual({ x: 31, y: 28 });
  });
});
