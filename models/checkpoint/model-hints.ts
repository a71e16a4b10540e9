import { samplerNames } from '../../src-main/contract/recipe.ts';
import { isJsonObject, readJsonObject } from './read-json.ts';
import type { ModelDescription, ModelIo } from './types.ts';

/** What a model's makers say of it beyond its weights. */
export type ModelHints = Pick<ModelDescription, 'vocabulary' | 'preferred'>;

/**
 * Reads a folder's `vocabulary.json`: `words`, which it was trained on and knows no others, and `settings` (steps, guidance, sampler) that
 * suit it. Empty where there is no such file, and without what is not understood in it. Never throws.
 */
export async function readHints(folder: string, io: ModelIo): Promise<ModelHints> {
  const file: unknown = await readJsonObject(io, `${folder}/vocabulary.json`).catch(() => undefined);
  if (!isJsonObject(file)) return {};
  const { words, settings } = file;
  const isList = Array.isArray(words) && words.every((word) => typeof word === 'string');
  return { ...(isList && { vocabulary: words }), ...(isJsonObject(settings) && { preferred: preferredSettings(settings) }) };
}

function preferredSettings({ steps, guidance, sampler }: Readonly<Record<string, unknown>>): NonNullable<ModelHints['preferred']> {
  const known = samplerNames.find((name) => name === sampler);
  return {
    ...(typeof steps === 'number' && Number.isInteger(steps) && steps >= 1 && steps <= 1000 && { steps }),
    ...(typeof guidance === 'number' && guidance >= 0 && guidance <= 50 && { guidance }),
    ...(known !== undefined && { sampler: known }),
  };
}
