import type { RecipeInput } from '../../contract/recipe.ts';

/** What could be read of a picture made by another program. */
export interface ImportedRecipe {
  readonly source: 'a1111' | 'comfyui' | 'invokeai';
  readonly recipe: Partial<RecipeInput>;
  /** The model's name or hash as the other program wrote it; the caller looks for it among its models. */
  readonly modelName?: string;
  readonly modelHash?: string;
  /** Settings that Strata has nothing for or does not understand, as "name: value". */
  readonly unmatched: readonly string[];
}

const longestValue = 200;

/** "name: value" for the list of what was not matched, cut to a bearable length. */
export function unmatchedEntry(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return `${name.slice(0, 100)}: ${text.length > longestValue ? `${text.slice(0, longestValue)}…` : text}`;
}

/** The number in a text or JSON value within bounds, else undefined. */
export function numberWithin(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= least && number <= most ? number : undefined;
}

/** A whole number within bounds, else undefined. */
export function integerWithin(value: unknown, least: number, most: number): number | undefined {
  const number = numberWithin(value, least, most);
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** A picture size that a recipe accepts: multiples of 8 from 16 to 8192. */
export function sizeWithin(width: unknown, height: unknown): { width: number; height: number } | undefined {
  const [w, h] = [integerWithin(width, 16, 8192), integerWithin(height, 16, 8192)];
  return w !== undefined && h !== undefined && w % 8 === 0 && h % 8 === 0 ? { width: w, height: h } : undefined;
}
