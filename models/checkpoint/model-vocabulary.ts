import { isJsonObject, readJsonObject } from './read-json.ts';
import type { ModelIo } from './types.ts';

/** Words that a model was trained on, of a `vocabulary.json` with a list `words` in its folder; undefined where there is none. Never throws. */
export async function readVocabulary(folder: string, io: ModelIo): Promise<readonly string[] | undefined> {
  const file: unknown = await readJsonObject(io, `${folder}/vocabulary.json`).catch(() => undefined);
  const words: unknown = isJsonObject(file) ? file['words'] : undefined;
  return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
}
