import { expect, test } from 'vitest';
import { wordLines } from './format.ts';

test('words stand in lines of a width, with commas between them', () => {
  expect(wordLines(['a', 'house', 'red', 'unusually-long'], 9)).toBe('a, house,\nred,\nunusually-long');
  expect(wordLines(['house'], 9)).toBe('house');
  expect(wordLines([], 9)).toBe('');
});
