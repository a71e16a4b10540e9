import { expect, test } from 'vitest';
import { readLists } from './lists.ts';
import { measures } from './measures.ts';
import { readOptions } from './options.ts';
import { markdownOf, tableOf } from './table.ts';
import { wrapped } from './sheets/layout.ts';

test('samples become rows in the order of the table, with what was wanted', () => {
  const samples = [
    { row: 'vae', value: 29 },
    { row: 'vae', value: 31 },
    { row: 'place', value: 1 },
    { row: 'place', value: 0 },
    { row: 'lines', value: 0.9, weight: 300 },
    { row: 'lines', value: 0.5, weight: 100 },
  ];
  expect(tableOf(samples)).toMatchObject([
    { row: 'place', value: 50, goal: 80, count: 2, isReached: false },
    { row: 'lines', value: 80, goal: 80, count: 2, isReached: true, high: 100 },
    { row: 'vae', value: 30, unit: 'dB', isReached: true },
  ]);
  expect(markdownOf(tableOf(samples.slice(2, 4)))).toContain('| place | 80 % | 50.0 % (not reached) | 9.5 to 90.5 | 2 |');
});

test('the fixed lists hold 200 cases of each measure, of things that the judge knows', () => {
  const lists = readLists();
  expect(Object.entries(measures).map(([name, measure]) => [name, measure.count(lists)])).toEqual(
    Object.keys(measures).map((name) => [name, 200]),
  );
  const { kinds, colours, backgrounds } = lists.scenes;
  const cases = [...Object.values(lists.prompts.measures).flat(), ...lists.scenes.single, ...lists.scenes.mixed];
  expect(cases.flatMap(({ things }) => things).filter(({ kind, colour }) => !kinds.includes(kind) || !colours.includes(colour))).toEqual(
    [],
  );
  expect(cases.filter(({ background }) => !backgrounds.includes(background))).toEqual([]);
  expect(new Set(cases.map(({ seed }) => seed)).size).toBe(cases.length);
});

test('the command line is read, and refused in words', () => {
  expect(readOptions([])).toEqual({ count: Infinity, seedOffset: 0, rows: Object.keys(measures), isJson: false });
  expect(readOptions(['--rows', 'vae,judge', '--count', '24', '--guidance', '4.5', '--sampler', 'ddim', '--json'])).toMatchObject({
    rows: ['vae', 'judge'],
    count: 24,
    guidance: 4.5,
    sampler: 'ddim',
    isJson: true,
  });
  expect(() => readOptions(['--rows', 'cats'])).toThrow('--rows: expected oneThing, heldOut,');
  expect(() => readOptions(['--count', '0'])).toThrow('--count: expected a whole number from 1, found "0"');
  expect(() => readOptions(['--sampler', 'fast'])).toThrow('found "fast"');
});

test('captions take two lines at most', () => {
  expect(wrapped('a red house', 20)).toEqual(['a red house']);
  expect(wrapped('a red car on the left and a blue house on the right', 20)).toEqual(['a red car on the', 'left and a blue…']);
});
