import { describe, expect, it } from 'vitest';
import { floodMask } from './flood-fill.ts';
import { traceOutline } from './outline.ts';
import { dabAlpha } from './stroke.ts';
import { samePixels } from './same-pixels.ts';

/** RGBA pixels from letters: `#` black, `.` white, ` ` transparent. */
function pixels(rows: readonly string[]): Uint8ClampedArray {
  const values = rows.join('').split('');
  return Uint8ClampedArray.from(
    values.flatMap((letter) => (letter === '#' ? [0, 0, 0, 255] : letter === '.' ? [255, 255, 255, 255] : [0, 0, 0, 0])),
  );
}

const filled = (mask: Uint8ClampedArray, width: number) =>
  Array.from({ length: mask.length / width }, (_, row) =>
    [...mask.subarray(row * width, (row + 1) * width)].map((value) => (value ? 'x' : '-')).join(''),
  );

describe('flood fill', () => {
  it('fills what is connected and stops at lines', () => {
    const rows = ['..#..', '..#..', '###..', '.....'];
    expect(filled(floodMask(pixels(rows), { width: 5, height: 4 }, { x: 0, y: 0 }, 10), 5)).toEqual(['xx---', 'xx---', '-----', '-----']);
    expect(filled(floodMask(pixels(rows), { width: 5, height: 4 }, { x: 4, y: 0 }, 10), 5)).toEqual(['---xx', '---xx', '---xx', 'xxxxx']);
  });

  it('takes similar colours within the tolerance only', () => {
    const line = Uint8ClampedArray.from([10, 0, 0, 255, 20, 0, 0, 255, 40, 0, 0, 255]);
    expect([...floodMask(line, { width: 3, height: 1 }, { x: 0, y: 0 }, 10)]).toEqual([255, 255, 0]);
  });

  it('fills nothing from outside the picture', () => {
    expect([...floodMask(pixels(['.']), { width: 1, height: 1 }, { x: 1, y: 0 }, 0)]).toEqual([0]);
  });
});

describe('dabs of a brush', () => {
  it('come to the wanted alpha where they lie over each other', () => {
    for (const wanted of [0, 0.2, 0.7, 1]) {
      const one = dabAlpha(wanted, 12.5);
      expect(1 - (1 - one) ** 12.5).toBeCloseTo(wanted);
    }
    expect(dabAlpha(0.4, 0.3)).toBeCloseTo(0.4);
  });
});

describe('pictures', () => {
  const picture = (...values: number[]) => Uint8ClampedArray.from(values);

  it('are the same when they look the same', () => {
    expect(samePixels(picture(10, 20, 30, 255), picture(11, 20, 28, 255))).toBe(true);
    expect(samePixels(picture(200, 0, 0, 0), picture(0, 0, 99, 0))).toBe(true);
    expect(samePixels(picture(200, 0, 0, 4), picture(170, 0, 0, 4))).toBe(true);
  });

  it('differ by a visible colour, by transparency and by size', () => {
    expect(samePixels(picture(10, 20, 30, 255), picture(40, 20, 30, 255))).toBe(false);
    expect(samePixels(picture(0, 0, 0, 255), picture(0, 0, 0, 200))).toBe(false);
    expect(samePixels(picture(0, 0, 0, 255), picture(0, 0, 0, 255, 0, 0, 0, 255))).toBe(false);
  });
});

describe('outlines', () => {
  it('follow a rectangle with one closed loop on its border', () => {
    const mask = new Uint8ClampedArray(64).fill(0);
    for (let y = 2; y < 6; y++) mask.fill(255, y * 8 + 1, y * 8 + 7);
    const loops = traceOutline(mask, 8, 8);
    expect(loops).toHaveLength(1);
    for (const { x, y } of loops[0] ?? []) expect(x === 1 || x === 7 || y === 2 || y === 6).toBe(true);
  });

  it('find holes and separate parts', () => {
    const rows = ['xxxx.x', 'x..x..', 'x..x..', 'xxxx..'];
    const mask = Uint8ClampedArray.from(rows.join('').split('').map((letter) => (letter === 'x' ? 255 : 0))); // prettier-ignore
    expect(traceOutline(mask, 6, 4)).toHaveLength(3);
    expect(traceOutline(new Uint8ClampedArray(4), 2, 2)).toEqual([]);
  });
});
