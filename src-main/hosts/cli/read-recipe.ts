import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { RecipeInput } from '../../contract/recipe.ts';
import { errorCode } from '../../studio/files/file-system.ts';
import { pictureMime } from '../../studio/files/picture-kind.ts';
import { readPictureFile } from '../../studio/files/picture-file.ts';

export interface ReadRecipe {
  readonly recipe: Partial<RecipeInput>;
  /** Where file names in the recipe start from. */
  readonly folder: string;
  /** Settings of another program that were not understood. */
  readonly problems: readonly string[];
}

/**
 * The recipe of a JSON file or of a picture, as far as it can be read of other programs' pictures. Its shape is checked later, with the
 * options over it.
 * @throws AppError `recipeMissing`, `fileMissing`, `badPicture`, `badRecipe`
 */
export async function readRecipe(path: string): Promise<ReadRecipe> {
  const bytes = await readInputFile(path);
  const folder = dirname(resolve(path));
  if (pictureMime(bytes) === 'image/png') {
    const { found } = await readPictureFile(bytes);
    if (found) return { recipe: found.recipe, folder, problems: 'unmatched' in found ? found.unmatched : [] };
    throw new AppError('recipeMissing', `${path} must carry a recipe; it is a PNG without one.`, { file: path });
  }
  let raw: unknown;
  try {
    raw = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AppError('recipeMissing', `${path} must be a recipe in JSON or a PNG with one; it is neither.`, { file: path }, cause);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new AppError('recipeMissing', `${path} must hold a recipe as a JSON object; it holds something else.`, { file: path });
  }
  return { recipe: raw, folder, problems: [] };
}

const unreadable: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'reading it is not permitted'],
]);

/** @throws AppError `fileMissing` with the reason in a sentence */
export async function readInputFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = unreadable.get(errorCode(cause)) ?? String(cause);
    throw new AppError('fileMissing', `The file ${path} could not be read: ${reason}.`, { file: path }, cause);
  }
}
