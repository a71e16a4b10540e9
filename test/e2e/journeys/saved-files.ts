import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import sharp from 'sharp';
import type { MaskSource, Recipe } from '../../../src-main/contract/recipe.ts';
import { bytesSource } from '../../../src-main/formats/byte-source.ts';
import { readPictureRecipe } from '../../../src-main/formats/metadata/picture-recipe.ts';
import { readPngTexts } from '../../../src-main/formats/png/text.ts';
import type { Pixels } from '../pictures.ts';

export interface SavedPicture {
  readonly bytes: Uint8Array;
  readonly recipe: Recipe;
  readonly pixels: Pixels;
}

/** The finished pictures of a data folder with the recipes inside them, oldest first. */
export async function savedPictures(dataFolder: string): Promise<SavedPicture[]> {
  const folder = join(dataFolder, 'pictures');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.png'))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
  return Promise.all(files.map(read));
}

export async function lastPicture(dataFolder: string): Promise<SavedPicture> {
  const picture = (await savedPictures(dataFolder)).at(-1);
  if (!picture) throw new Error('No picture was saved.');
  return picture;
}

async function read(path: string): Promise<SavedPicture> {
  const bytes = new Uint8Array(readFileSync(path));
  const { texts } = await readPngTexts(bytesSource(bytes), (data, maxOutputLength) => promisify(inflate)(data, { maxOutputLength }));
  const found = readPictureRecipe(texts);
  if (found?.source !== 'strata') throw new Error(`${path} carries no recipe.`);
  return { bytes, recipe: found.recipe, pixels: await decode(bytes) };
}

/** Pixels of a layer as they were given to the engine. */
export function assetPixels(dataFolder: string, asset: string): Promise<Pixels> {
  return decode(readFileSync(join(dataFolder, 'assets', asset.slice(0, 2), `${asset}.bin`)));
}

export function maskPixels(dataFolder: string, mask: MaskSource | undefined): Promise<Pixels> {
  if (!mask || !('asset' in mask)) throw new Error('The mask must have been painted.');
  return assetPixels(dataFolder, mask.asset);
}

async function decode(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
