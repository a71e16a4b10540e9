import { describe, expect, it } from 'vitest';
import { unknownWords, unknownWordsNote } from './unknown-words.ts';

const known = new Set(['a', 'red', 'house', 'under', 'blue', 'sky']);

describe('unknown words of prompts', () => {
  it('are told once, in lower case and in their order', () => {
    const prompts = ['A red Dragon under a blue sky, dragon, with 3 wings', "the knight's house"];
    expect(unknownWords(prompts, 'a1111', known)).toEqual(['dragon', 'with', '3', 'wings', 'the', "knight's"]);
  });

  it('are not weights, brackets, LoRAs or marks of the syntax', () => {
    expect(unknownWords(['(red house:1.3) <lora:paper:0.5> AND a [blue] sky BREAK red'], 'a1111', known)).toEqual([]);
    expect(unknownWords(['("red house", "blue sky").blend(0.5, 0.5)'], 'compel', known)).toEqual([]);
  });

  it('keep letters of every script together', () => {
    expect(unknownWords(['a рыба in São'], 'plain', known)).toEqual(['рыба', 'in', 'são']);
  });

  it('are none in an empty prompt', () => {
    expect(unknownWords(['', ' , .'], 'a1111', known)).toEqual([]);
  });
});

describe('the sentence about unknown words', () => {
  it('names them', () => {
    expect(unknownWordsNote([])).toBeUndefined();
    expect(unknownWordsNote(['dragon'])).toMatch(/^The model does not know the word "dragon"; the picture follows the others\./);
    expect(unknownWordsNote(['dragon', 'wings', 'the'])).toContain('the words "dragon", "wings" and "the";');
  });

  it('names the first of many', () => {
    expect(unknownWordsNote(Array.from({ length: 20 }, (_, i) => `w${i}`))).toContain('"w6", "w7" and 12 more;');
  });
});
