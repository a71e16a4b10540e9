import { basename } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Recipe } from '../../contract/recipe.ts';
import { applicationVersion } from '../../contract/version.ts';
import { bytesSource } from '../../formats/byte-source.ts';
import type { RunSettings } from '../../formats/metadata/a1111-parameters.ts';
import { readPictureRecipe, recipeKeyword, recipeTexts, type PictureRecipe } from '../../formats/metadata/picture-recipe.ts';
import { readPngHeader } from '../../formats/png/chunks.ts';
import { insertPngTexts } from '../../formats/png/insert-text.ts';
import { readPngTexts } from '../../formats/png/text.ts';
import { encodePng } from './encode-png.ts';

export interface FinishedPicture {
  readonly width: number;
  readonly height: number;
  /** width * height * 3 bytes. */
  readonly rgb: Uint8Array;
  /** With everything filled in that the run chose. */
  readonly recipe: Recipe;
}

/** A finished picture with its recipe inside, ready to be saved. No time and no name in it: the same picture is the same file. */
export async function encodePicture(picture: FinishedPicture): Promise<Uint8Array> {
  const texts = recipeTexts(picture.recipe, runSettings(picture));
  return insertPngTexts(await encodePng(picture), texts, { alwaysInternational: [recipeKeyword] });
}

function runSettings({ width, height, recipe }: FinishedPicture): RunSettings {
  const { steps = 0, guidance = 0, sampler = 'euler', model } = recipe;
  return { width, height, steps, guidance, sampler, modelName: basename(model), version: `Strata ${applicationVersion}` };
}

export interface PictureFile {
  readonly width: number;
  readonly height: number;
  /** Ours, or what could be read of another program's; null when there is none. */
  readonly found: PictureRecipe | null;
  /** What was passed over, as sentences. */
  readonly notes: readonly string[];
}

/**
 * What a PNG says about itself; pixels are not looked at.
 * @throws AppError `badPicture`, `pictureTooLarge`, and `badRecipe` or `recipeTooNew` for a recipe of ours that cannot be used
 */
export async function readPictureFile(bytes: Uint8Array): Promise<PictureFile> {
  const source = bytesSource(bytes);
  const { width, height } = await readPngHeader(source);
  const { texts, notes } = await readPngTexts(source, (data, maxOutputLength) => promisify(inflate)(data, { maxOutputLength }));
  return { width, height, found: readPictureRecipe(texts) ?? null, notes };
}
