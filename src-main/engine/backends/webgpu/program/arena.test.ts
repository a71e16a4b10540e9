import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alignSlot, planArena, type Lifetime } from './arena.ts';

const lifetimes = fc
  .array(fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), first: fc.nat(30), length: fc.nat(10) }), { maxLength: 40 })
  .map((records) => records.map(({ bytes, first, length }, i): Lifetime => ({ key: `v${i}`, bytes, first, last: first + length })));

it('never gives two values that live at the same time the same memory', () => {
  fc.assert(
    fc.property(lifetimes, (lives) => {
      const { offsets, bytes } = planArena(lives);
      for (const [i, a] of lives.entries()) {
        const at = offsets.get(a.key)!;
        expect(at % 256).toBe(0);
        expect(at + a.bytes).toBeLessThanOrEqual(bytes);
        for (const b of lives.slice(i + 1)) {
          if (a.first > b.last || b.first > a.last) continue;
          const other = offsets.get(b.key)!;
          expect(at + alignSlot(a.bytes) <= other || other + alignSlot(b.bytes) <= at).toBe(true);
        }
      }
    }),
    { seed: 6, numRuns: 200 },
  );
});

it('reuses the memory of values that are no longer needed', () => {
  const chain = Array.from({ length: 10 }, (_, i): Lifetime => ({ key: `v${i}`, bytes: 1000, first: i, last: i + 1 }));
  expect(planArena(chain).bytes).toBe(2 * alignSlot(1000));
});
