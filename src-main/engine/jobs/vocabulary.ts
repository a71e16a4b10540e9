import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { unknownWords, unknownWordsNote } from '../../core/prompt/unknown-words.ts';
import type { AddOns } from '../adapters/add-ons.ts';

/** One sentence about the words of the recipe's prompts that a model of a limited vocabulary does not know; none for other models. */
export function vocabularyNotes(recipe: Recipe, { vocabulary }: ModelDescription, { inversions, loras }: AddOns, steps?: number): string[] {
  if (!vocabulary) return [];
  const added = [...inversions.flatMap(({ words }) => words), ...loras.flatMap(({ file }) => file.triggers)];
  const known = new Set([...vocabulary, ...added.flatMap((text) => [text, ...(text.match(/[\p{L}\p{N}]+/gu) ?? [])])].map(lowerCase));
  const prompts = [recipe.prompt, ...recipe.regions.map(({ prompt }) => prompt)];
  const note = unknownWordsNote(unknownWords(prompts, recipe.syntax, known, steps));
  return note === undefined ? [] : [note];
}

const lowerCase = (text: string) => text.toLowerCase();
