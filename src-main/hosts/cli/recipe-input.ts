import { randomInt } from 'node:crypto';
import { recipeSchema, type Recipe, type RecipeInput } from '../../contract/recipe.ts';
import { readRecipe } from './read-recipe.ts';
import { applyRecipeOptions, type RecipeOptionValues } from './recipe-options.ts';
import { importRecipeFiles, type ImportedRecipe } from './recipe-files.ts';
import { UsageError } from './usage.ts';

/** Seeds that nobody chose stay short enough to type. */
const seedLimit = 2 ** 32;

export interface RecipeArguments {
  readonly prompt: string | undefined;
  /** File of `--recipe`. */
  readonly recipeFile: string | undefined;
  readonly options: RecipeOptionValues;
}

/**
 * The recipe that the command line asks for: that of `--recipe` with the options over it, or one from the options alone.
 * @throws UsageError for a value out of its limits, AppError for files
 */
export async function recipeFromArguments({ prompt, recipeFile, options }: RecipeArguments): Promise<ImportedRecipe> {
  const base = recipeFile === undefined ? { recipe: {}, folder: process.cwd() } : await readRecipe(recipeFile);
  const input: Partial<RecipeInput> = { seed: randomInt(seedLimit), prompt: '', ...applyRecipeOptions(base.recipe, prompt, options) };
  return importRecipeFiles(parseRecipe(input), base.folder);
}

function parseRecipe(input: Partial<RecipeInput>): Recipe {
  const parsed = recipeSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  throw new UsageError(`The recipe cannot be used: ${place ? `${place}: ` : ''}${issue?.message ?? 'wrong shape'}.`.replace(/\.\.$/, '.'));
}
