import { expect, it } from 'vitest';
import { capturePlane, readAttention } from './heat-map.ts';

const info = {
  sources: [
    { kind: 'prompt' as const, index: 0, name: 'prompt' },
    { kind: 'region' as const, index: 0, name: 'boat' },
  ],
  width: 2,
  height: 1,
  steps: [0, 1],
  warnings: [],
};
/** [step][source][y][x] */
const values = Uint8Array.from([255, 51, 0, 204, 255, 153, 0, 102]);

it('reads what each source won at a place, by step and as the mean of all steps', () => {
  expect(readAttention(info, values, 0, 0.75, 0.5)).toEqual([0.2, 0.8]);
  expect(readAttention(info, values, 1, 0.75, 0.5)).toEqual([0.6, 0.4]);
  expect(readAttention(info, values, -1, 0.75, 0.5)).toEqual([0.4, 0.6]);
  expect([...capturePlane(info, values, 1, 1)]).toEqual([0, 102]);
});

it('stays inside the picture at its edges', () => {
  expect(readAttention(info, values, 0, 1, 1)).toEqual(readAttention(info, values, 0, 0.99, 0.99));
  expect(readAttention(info, values, 0, -0.1, 0)).toEqual([1, 0]);
});
