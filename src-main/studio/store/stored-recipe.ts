import { recipeSchema, type Recipe } from '../../contract/recipe.ts';

/**
 * A recipe from a row. One that no longer fits the schema must not hide the whole gallery or queue: its prompt and seed are kept, the
 * rest takes its defaults.
 */
export function storedRecipe(text: string): Recipe {
  const raw = JSON.parse(text) as Record<string, unknown>;
  const parsed = recipeSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const prompt = typeof raw['prompt'] === 'string' ? raw['prompt'].slice(0, 20_000) : '';
  return recipeSchema.parse({ prompt, seed: Number.isSafeInteger(raw['seed']) && Number(raw['seed']) >= 0 ? raw['seed'] : 0 });
}
