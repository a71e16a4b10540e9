import { randomInt } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
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
  /** Hears what of another program's recipe was not understood. */
  readonly note: (text: string) => void;
}

/**
 * The recipe that the command line asks for: that of `--recipe` with the options over it, or one from the options alone.
 * @throws UsageError for a value out of its limits, AppError for files
 */
export async function recipeFromArguments({ prompt, recipeFile, options, note }: RecipeArguments): Promise<ImportedRecipe> {
  const base = recipeFile === undefined ? { recipe: {}, folder: process.cwd(), problems: [] } : await readRecipe(recipeFile);
  checkBase(base.recipe, recipeFile);
  for (const problem of base.problems) note(`Not understood in ${recipeFile}: ${problem}`);
  const input: Partial<RecipeInput> = { seed: randomInt(seedLimit), prompt: '', ...applyRecipeOptions(base.recipe, prompt, options) };
  return importRecipeFiles(parseRecipe(input), base.folder);
}

function parseRecipe(input: Partial<RecipeInput>): Recipe {
  const parsed = recipeSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError(`The recipe cannot be used: ${firstIssue(parsed.error)}.`.replace(/\.\.$/, '.'));
}

/** A file that is broken by itself is a failure of the file (exit code 1), not of the options over it (2). */
function checkBase(recipe: Partial<RecipeInput>, file: string | undefined): void {
  if (file === undefined) return;
  const parsed = recipeSchema.safeParse({ seed: 0, prompt: '', ...recipe });
  if (!parsed.success) throw new AppError('badRecipe', `The recipe in ${file} cannot be used: ${firstIssue(parsed.error)}`, { file });
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const place = issue?.path.map(String).join('.') ?? '';
  return `${place ? `${place}: ` : ''}${issue?.message ?? 'wrong shape'}`;
}
