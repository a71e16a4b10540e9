import { readFile } from 'node:fs/promises';
import { AppError, errorData } from '../../contract/errors.ts';
import { assetIdSchema, type AssetId } from '../../contract/protocol.ts';
import { starterId, type Recipe } from '../../contract/recipe.ts';
import { encodePng } from '../files/encode-png.ts';
import { checkPictureBytes } from '../files/picture-kind.ts';
import { readPictureFile } from '../files/picture-file.ts';
import type { Studio } from '../studio.ts';
import { WithBuffers } from '../with-buffers.ts';
import type { HandlersOf } from './handler-types.ts';
import { adopt } from '../adopt-recipe.ts';
import { namesAddOns, recipeAssets } from '../recipe-assets.ts';
import { onlyBuffer } from './only-buffer.ts';

export function assetHandlers(studio: Studio): HandlersOf<'assets'> & HandlersOf<'picture'> & HandlersOf<'filters'> {
  const { library } = studio;
  const pathOf = (asset: AssetId): string => {
    const path = library.assetPath(asset);
    if (path === null) throw new AppError('assetMissing', `The file ${asset} is not in the studio's folder.`, { asset });
    return path;
  };
  return {
    'assets.put': async ({ kind }, buffers) => {
      const bytes = onlyBuffer(buffers);
      if (kind === 'picture') checkPictureBytes(bytes);
      return { asset: await library.assets.put([bytes]), bytes: bytes.length };
    },
    'assets.get': async ({ asset }) => {
      const bytes = await readFile(pathOf(asset));
      return new WithBuffers({ bytes: bytes.length }, [bytes]);
    },
    'assets.thumbnail': async ({ asset }) => ({ isThere: (await library.thumbnails.ensure(asset)) !== null }),
    'filters.apply': async ({ filter, parameters, asset }) => {
      const request = { kind: 'filter', filter, values: parameters, picture: asset, assets: { [asset]: pathOf(asset) } } as const;
      const { value, buffers } = await studio.engine.request(request);
      const [rgb] = buffers;
      if (!rgb) throw new AppError('protocolError', 'The engine must answer with a picture; it sent none.');
      return { asset: await library.assets.put([await encodePng({ ...value, rgb })]), ...value };
    },
    'picture.readRecipe': async (_params, buffers) => {
      const { found, notes } = await readPictureFile(onlyBuffer(buffers));
      if (!found) return { source: 'none', recipe: null, problems: [...notes] };
      const { models } = studio.models.list();
      const { recipe, problems } =
        found.source === 'strata' ? { recipe: found.recipe, problems: missingAssets(studio, found.recipe) } : adopt(found, models, notes);
      // Only the engine can look for files; a recipe whose model is listed and that needs no others need not wait for it.
      const isListed = recipe?.model === starterId || models.some(({ id }) => id === recipe?.model);
      if (recipe === null || (isListed && !namesAddOns(recipe))) return { source: found.source, recipe, problems };
      const files = models.filter(({ usable }) => usable).map(({ path, kind }) => ({ path, kind }));
      // Without an engine the recipe is still worth having, with the paths that it came with.
      const located = await studio.engine.request({ kind: 'locate', recipe, files }).then(
        ({ value }) => value,
        (error: unknown) => ({ recipe, missing: [errorData(error).message] }),
      );
      return { source: found.source, recipe: located.recipe, problems: [...problems, ...located.missing] };
    },
  };
}

function missingAssets(studio: Studio, recipe: Recipe): string[] {
  const missing = recipeAssets(recipe).filter(
    (asset) => !assetIdSchema.safeParse(asset).success || studio.library.assetPath(asset) === null,
  );
  return missing.length === 0 ? [] : [`${missing.length} of the pictures that it was drawn from are not on this computer.`];
}
