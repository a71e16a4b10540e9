import { expect, test } from 'vitest';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { recipeSchema, type RecipeInput } from '../../contract/recipe.ts';
import { noAddOns, type AddOns } from '../adapters/add-ons.ts';
import { vocabularyNotes } from './vocabulary.ts';

const words = ['a', 'red', 'house'];

function notes(recipe: Partial<RecipeInput>, addOns: object = {}, vocabulary: readonly string[] | undefined = words): string[] {
  const description = { vocabulary } as ModelDescription;
  return vocabularyNotes(recipeSchema.parse({ prompt: '', seed: 0, ...recipe }), description, { ...noAddOns, ...addOns } as AddOns);
}

test('a model of a limited vocabulary tells the unknown words of all prompts in one note', () => {
  const regions = [{ mask: { rectangle: { x: 0, y: 0, width: 8, height: 8 } }, prompt: 'a dragon' }];
  expect(notes({ prompt: 'a red castle, dragon', regions })).toEqual([expect.stringContaining('"castle" and "dragon"')]);
  expect(notes({ prompt: 'A red house', negative: 'blurry' })).toEqual([]);
});

test('other models tell nothing', () => {
  const description = {} as ModelDescription;
  expect(vocabularyNotes(recipeSchema.parse({ prompt: 'a dragon', seed: 0 }), description, noAddOns)).toEqual([]);
});

test('words of embeddings and LoRAs count as known', () => {
  const addOns = { inversions: [{ words: ['<Ember>'] }], loras: [{ file: { triggers: ['cut paper'] } }] };
  expect(notes({ prompt: 'a house, <ember>, cut paper' }, addOns)).toEqual([]);
});
