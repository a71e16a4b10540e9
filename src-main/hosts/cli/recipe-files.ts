import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { AssetId } from '../../contract/protocol.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { AssetStore, isAssetId } from '../../studio/files/asset-store.ts';
import { dataFolderPath, dataLayout, storeExtensions } from '../../studio/files/data-folder.ts';
import { nodeFileSystem } from '../../studio/files/file-system.ts';
import { checkPictureBytes } from '../../studio/files/picture-kind.ts';
import { mapRecipeAssets, recipeAssets } from '../../studio/recipe-assets.ts';
import { readInputFile } from './read-recipe.ts';

export interface ImportedRecipe {
  /** With asset ids in place of file names. */
  readonly recipe: Recipe;
  /** Asset id to the file that the engine reads. */
  readonly assets: Readonly<Record<AssetId, string>>;
  /** Asset id to the name that the user gave. */
  readonly names: ReadonlyMap<AssetId, string>;
}

/** The error in the user's words: file names in place of asset ids. */
export function namingFiles(error: unknown, { names }: ImportedRecipe): unknown {
  if (!(error instanceof AppError)) return error;
  const message = [...names].reduce((text, [id, name]) => text.replaceAll(id, name), error.message);
  return new AppError(error.code, message, error.details, error);
}

/**
 * Puts the pictures that a recipe names as files into the studio's folder, so that the recipe in the finished picture can be repeated
 * wherever the files go later. Models and LoRAs that are files get absolute names.
 * @throws AppError `fileMissing`, `notAPicture`, `assetMissing`
 */
export async function importRecipeFiles(recipe: Recipe, folder: string): Promise<ImportedRecipe> {
  const layout = dataLayout(dataFolderPath());
  const inputs = new AssetStore(nodeFileSystem, layout.assets, storeExtensions.assets);
  const pictures = new AssetStore(nodeFileSystem, layout.pictures, storeExtensions.pictures);
  const ids = new Map<string, AssetId>();
  const assets: Record<AssetId, string> = {};
  for (const name of recipeAssets(recipe)) {
    if (isAssetId(name)) {
      const path = [pictures.path(name), inputs.path(name)].find((candidate) => existsSync(candidate));
      if (path === undefined) {
        const message = `The recipe needs a picture that is not in the data folder ${layout.folder} (${name.slice(0, 12)}…).`;
        throw new AppError('assetMissing', message, { asset: name });
      }
      assets[name] = path;
    } else {
      const bytes = await readInputFile(resolve(folder, name));
      checkPictureBytes(bytes);
      const id = await inputs.put([bytes]);
      ids.set(name, id);
      assets[id] = inputs.path(id);
    }
  }
  const renamed = mapRecipeAssets(recipe, (name) => ids.get(name) ?? name);
  return { recipe: withAbsoluteModels(renamed, folder), assets, names: new Map([...ids].map(([name, id]) => [id, name])) };
}

function withAbsoluteModels(recipe: Recipe, folder: string): Recipe {
  const absolute = (name: string) => (existsSync(resolve(folder, name)) ? resolve(folder, name) : name);
  const loras = (list: Recipe['loras']) => list.map((lora) => ({ ...lora, file: absolute(lora.file) }));
  const references = (list: Recipe['references']) =>
    list.map((reference) => (reference.model === undefined ? reference : { ...reference, model: absolute(reference.model) }));
  return {
    ...recipe,
    model: absolute(recipe.model),
    loras: loras(recipe.loras),
    embeddings: recipe.embeddings.map((embedding) => ({ ...embedding, file: absolute(embedding.file) })),
    references: references(recipe.references),
    regions: recipe.regions.map((region) => ({ ...region, references: references(region.references), loras: loras(region.loras) })),
    controls: recipe.controls.map((control) => ({ ...control, model: absolute(control.model) })),
  };
}
