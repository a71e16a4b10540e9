import { recipeSchema, type Recipe, type RecipeInput } from '../contract/recipe.ts';
import type { ModelInfo } from '../contract/reports.ts';
import type { ImportedRecipe } from '../formats/metadata/imported-recipe.ts';

/** Another program's recipe as one of ours: its model is looked for by name among those of this computer, and what is missing is said. */
export function adopt(
  imported: ImportedRecipe,
  models: readonly ModelInfo[],
  notes: readonly string[],
): { recipe: Recipe | null; problems: string[] } {
  const problems = [...notes, ...imported.unmatched];
  const wanted = imported.modelName === undefined ? null : bareName(imported.modelName);
  const model =
    wanted === null
      ? undefined
      : models.find(({ name, path, usable }) => usable && [name, path].some((found) => bareName(found) === wanted));
  if (imported.modelName !== undefined && !model) problems.push(`Model: ${imported.modelName}`);
  const parsed = recipeSchema.safeParse({ seed: 0, prompt: '', ...imported.recipe, ...(model && modelOf(model, imported.modelHash)) });
  if (parsed.success) return { recipe: parsed.data, problems };
  return { recipe: null, problems: [...problems, parsed.error.issues[0]?.message ?? 'Its settings are out of bounds.'] };
}

/** A hash of another kind (`blake3:…`) is not kept. */
function modelOf({ id }: ModelInfo, hash: string | undefined): Partial<RecipeInput> {
  return { model: id, modelSha256: recipeSchema.shape.modelSha256.safeParse(hash).data };
}

/** File name without folder and ending, in lower case. */
function bareName(name: string): string {
  return name
    .replace(/^.*[/\\]/, '')
    .replace(/\.\w{2,12}$/, '')
    .toLowerCase();
}
