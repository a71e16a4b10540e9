import { describe, expect, it } from 'vitest';
import { rectangleMask } from '../regions/mask.ts';
import { boundsOf, cutMask, focusOn } from './focus.ts';

const options = { native: { width: 512, height: 512 }, multiple: 32 };
const masked = (width: number, height: number, x: number, y: number, side: number) =>
  rectangleMask({ width, height }, { x, y, width: side, height: side });

describe('focus', () => {
  it('takes the mask with half its side around it, enlarged to the native number of pixels', () => {
    expect(focusOn(masked(1024, 1024, 400, 500, 128), options)).toEqual({
      width: 512,
      height: 512,
      view: { full: { width: 1024, height: 1024 }, area: { x: 336, y: 436, width: 256, height: 256 } },
    });
  });

  it('stays within the frame and keeps the size of its surroundings', () => {
    expect(focusOn(masked(1024, 768, 1000, 0, 24), options).view?.area).toEqual({ x: 936, y: 0, width: 88, height: 88 });
  });

  it('does not make a large view smaller', () => {
    expect(focusOn(masked(4096, 4096, 0, 0, 1024), options)).toMatchObject({ width: 2048, height: 2048 });
  });

  it('is the whole frame where the mask takes most of it or is empty', () => {
    expect(focusOn(masked(64, 64, 8, 8, 48), options)).toEqual({ width: 64, height: 64 });
    expect(focusOn(masked(64, 64, 90, 90, 8), options)).toEqual({ width: 64, height: 64 });
  });

  it('cuts a mask', () => {
    const mask = masked(5, 4, 1, 1, 2);
    expect(boundsOf(mask)).toEqual({ x: 1, y: 1, width: 2, height: 2 });
    expect(Array.from(cutMask(mask, { x: 2, y: 1, width: 2, height: 2 }).data)).toEqual([1, 0, 1, 0]);
  });
});
