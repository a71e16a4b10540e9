import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gridLayout, visibleRange } from './grid-layout.ts';

it('draws every cell that can be seen, and few others, at any place of 50,000 pictures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 2600 }),
      fc.integer({ min: 200, max: 1600 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (width, height, share) => {
        const count = 50_000;
        const layout = gridLayout(width, count);
        const scrollTop = share * Math.max(0, layout.height - height);
        const { start, end } = visibleRange(layout, scrollTop, height, count);
        const top = (index: number) => layout.gap + Math.floor(index / layout.columns) * layout.rowHeight;
        if (start > 0) expect(top(start - 1) + layout.cell).toBeLessThanOrEqual(scrollTop);
        if (end < count) expect(top(end)).toBeGreaterThanOrEqual(scrollTop + height);
        expect(end - start).toBeLessThanOrEqual(layout.columns * (Math.ceil((3 * height) / layout.rowHeight) + 2));
        expect(layout.gap + layout.columns * (layout.cell + layout.gap)).toBeLessThanOrEqual(width);
      },
    ),
    { seed: 13 },
  );
});

it('has no rows without pictures', () => {
  expect(visibleRange(gridLayout(800, 0), 0, 600, 0)).toEqual({ start: 0, end: 0 });
});
