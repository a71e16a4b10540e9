import { describe, expect, it } from 'vitest';
import { apply, invert, multiply } from './affine.ts';
import type { View } from './geometry.ts';
import {
  centreView,
  fitView,
  mirrorAt,
  normalAngle,
  pan,
  pinch,
  rotateAt,
  toCanvas,
  toScreen,
  turnAt,
  viewMatrix,
  visibleBounds,
  zoomAt,
} from './view.ts';

const plain: View = { origin: { x: 10, y: -20 }, scale: 2, angle: 0, isMirrored: false };
const turned: View = { origin: { x: 10, y: -20 }, scale: 1.5, angle: Math.PI / 5, isMirrored: true };

function rounded({ x, y }: { x: number; y: number }) {
  return { x: Math.round(x * 1e6) / 1e6 + 0, y: Math.round(y * 1e6) / 1e6 + 0 };
}

describe('a view', () => {
  it('maps points there and back, turned and mirrored or not', () => {
    for (const view of [plain, turned]) {
      const point = { x: 123.25, y: -7.5 };
      expect(rounded(toCanvas(view, toScreen(view, point)))).toEqual(point);
    }
  });

  it('is the same as its matrix', () => {
    for (const view of [plain, turned]) {
      const point = { x: 31, y: 77 };
      const screen = toScreen(view, point);
      expect(rounded(apply(viewMatrix(view, 2), point))).toEqual(rounded({ x: screen.x * 2, y: screen.y * 2 }));
    }
  });

  it('keeps what is under the pointer while it zooms, turns and mirrors', () => {
    const pointer = { x: 300, y: 120 };
    for (const view of [plain, turned]) {
      const under = rounded(toCanvas(view, pointer));
      expect(rounded(toCanvas(zoomAt(view, pointer, 1.7), pointer))).toEqual(under);
      expect(rounded(toCanvas(rotateAt(view, pointer, 0.4), pointer))).toEqual(under);
      expect(rounded(toCanvas(mirrorAt(view, pointer), pointer))).toEqual(under);
    }
  });

  it('moves with the pointer whatever its turn', () => {
    for (const view of [plain, turned]) {
      const at = toCanvas(view, { x: 50, y: 60 });
      expect(rounded(toScreen(pan(view, { x: 7, y: -3 }), at))).toEqual({ x: 57, y: 57 });
    }
  });

  it('is mirrored as it is seen: what was 10 to the right of the middle is then 10 to its left', () => {
    const middle = { x: 200, y: 200 };
    const point = toCanvas(turned, { x: 210, y: 195 });
    expect(rounded(toScreen(mirrorAt(turned, middle), point))).toEqual({ x: 190, y: 195 });
    expect(mirrorAt(mirrorAt(turned, middle), middle).angle).toBeCloseTo(turned.angle);
  });

  it('fits a frame between its margins', () => {
    const view = fitView({ x: 100, y: 50, width: 256, height: 256 }, 680, 760, { top: 64, bottom: 48, side: 32 });
    const top = toScreen(view, { x: 100, y: 50 });
    const bottom = toScreen(view, { x: 356, y: 306 });
    expect(top.x).toBeCloseTo(680 - bottom.x, 6);
    expect(top.y).toBeGreaterThanOrEqual(64 - 1e-6);
    expect(bottom.y).toBeLessThanOrEqual(760 - 48 + 1e-6);
    expect(centreView({ x: 0, y: 0, width: 10, height: 10 }, 100, 100, { ...view, scale: 2 }).origin).toEqual({ x: -20, y: -20 });
  });

  it('follows two fingers, each to its place', () => {
    const from = [{ x: 100, y: 100 }, { x: 200, y: 100 }] as const; // prettier-ignore
    const to = [{ x: 160, y: 60 }, { x: 160, y: 260 }] as const; // prettier-ignore
    for (const view of [plain, turned]) {
      const under = from.map((point) => toCanvas(view, point));
      const after = pinch(view, from, to, 0);
      expect(under.map((point) => rounded(toScreen(after, point)))).toEqual(to);
    }
    const slightly = [{ x: 100, y: 100 }, { x: 200, y: 102 }] as const; // prettier-ignore
    expect(pinch(plain, from, slightly, Math.PI / 36).angle).toBe(0);
  });

  it('fits a frame that is turned by its turned size', () => {
    const margins = { top: 0, bottom: 0, side: 0 };
    const frame = { x: 0, y: 0, width: 400, height: 100 };
    expect(fitView(frame, 400, 400, margins).scale).toBe(1);
    const upright = fitView(frame, 200, 400, margins, { angle: Math.PI / 2, isMirrored: false });
    expect(upright.scale).toBeCloseTo(1);
    expect(rounded(toScreen(upright, { x: 200, y: 50 }))).toEqual({ x: 100, y: 200 });
  });

  it('says what it shows as an upright rectangle', () => {
    expect(visibleBounds(plain, 100, 50)).toEqual({ x: 10, y: -20, width: 50, height: 25 });
    const quarter = turnAt(plain, { x: 0, y: 0 }, { angle: Math.PI / 2, isMirrored: false });
    const bounds = visibleBounds(quarter, 100, 50);
    expect([bounds.width, bounds.height].map(Math.round)).toEqual([25, 50]);
  });

  it('is upright again after a whole turn in steps', () => {
    let view = plain;
    for (let step = 0; step < 24; step++) view = rotateAt(view, { x: 9, y: 9 }, Math.PI / 12);
    expect(view.angle).toBe(0);
    expect(normalAngle(3 * Math.PI)).toBeCloseTo(-Math.PI);
  });
});

describe('affine maps', () => {
  it('are undone by their inverse', () => {
    const map = [2, 1, -0.5, 3, 10, -4] as const;
    expect(rounded(apply(multiply(invert(map), map), { x: 5, y: 6 }))).toEqual({ x: 5, y: 6 });
    expect(() => invert([1, 2, 2, 4, 0, 0])).toThrow(RangeError);
  });
});
