import { AppError } from '../../contract/errors.ts';
import { recipeSchema, type Recipe } from '../../contract/recipe.ts';
import { readA1111Parameters, writeA1111Parameters, type RunSettings } from './a1111-parameters.ts';
import { readComfyPrompt } from './comfyui.ts';
import type { ImportedRecipe } from './imported-recipe.ts';
import { readInvokeAiMetadata } from './invokeai.ts';
import { jsonObject } from './json.ts';

/** Keyword of the text that holds a recipe of Strata as JSON. */
export const recipeKeyword = 'strata';

/** The texts that a finished picture carries: our recipe, complete, and A1111's `parameters` for other programs. */
export function recipeTexts(recipe: Recipe, run: RunSettings): Map<string, string> {
  return new Map([
    [recipeKeyword, JSON.stringify(recipe)],
    ['parameters', writeA1111Parameters(recipe, run)],
  ]);
}

export type PictureRecipe = { readonly source: 'strata'; readonly recipe: Recipe } | ImportedRecipe;

/**
 * The recipe in a picture's texts: our own whole, else what can be read of A1111's, InvokeAI's or ComfyUI's. Undefined when
 * there is none. Throws AppError `badRecipe`, `recipeTooNew` for our own text that this version cannot take.
 */
export function readPictureRecipe(texts: ReadonlyMap<string, string>): PictureRecipe | undefined {
  const own = texts.get(recipeKeyword);
  if (own !== undefined) return { source: 'strata', recipe: parseOwnRecipe(own) };
  const invoke = texts.get('invokeai_metadata');
  const comfy = texts.get('prompt');
  const a1111 = texts.get('parameters');
  return (
    (invoke === undefined ? undefined : readInvokeAiMetadata(invoke)) ??
    (a1111 === undefined ? undefined : readA1111Parameters(a1111)) ??
    (comfy === undefined ? undefined : readComfyPrompt(comfy))
  );
}

/** A recipe from its JSON text. Throws AppError `badRecipe`, `recipeTooNew`. */
export function parseOwnRecipe(text: string): Recipe {
  const value = jsonObject(text);
  if (!value) throw new AppError('badRecipe', 'The recipe is not a JSON object.', { expected: 'a JSON object', got: text.slice(0, 40) });
  const version = value['version'];
  if (typeof version === 'number' && version > 1) {
    const message = `The recipe was made by a newer Strata: expected version 1, found ${version}. Update Strata to use it.`;
    throw new AppError('recipeTooNew', message, { expected: 1, got: version });
  }
  const parsed = recipeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new AppError('badRecipe', `The recipe is not valid at "${where}": ${issue?.message ?? 'unknown'}`, { at: where });
}
