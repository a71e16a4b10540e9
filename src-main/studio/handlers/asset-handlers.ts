import { readFile } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import { checkPictureBytes } from '../files/picture-kind.ts';
import { readPictureFile } from '../files/picture-file.ts';
import type { Studio } from '../studio.ts';
import { WithBuffers } from '../with-buffers.ts';
import type { HandlersOf } from './handler-table.ts';
import { onlyBuffer } from './only-buffer.ts';

export function assetHandlers(studio: Studio): HandlersOf<'assets'> & HandlersOf<'picture'> {
  const { library } = studio;
  return {
    'assets.put': async ({ kind }, buffers) => {
      const bytes = onlyBuffer(buffers);
      if (kind === 'picture') checkPictureBytes(bytes);
      return { asset: await library.assets.put([bytes]), bytes: bytes.length };
    },
    'assets.get': async ({ asset }) => {
      const path = library.assetPath(asset);
      if (path === null) throw new AppError('assetMissing', `The file ${asset} is not in the studio's folder.`, { asset });
      const bytes = await readFile(path);
      return new WithBuffers({ bytes: bytes.length }, [bytes]);
    },
    'picture.readRecipe': (_params, buffers) => {
      const file = readPictureFile(onlyBuffer(buffers));
      if (file?.recipe) return { source: 'strata', recipe: file.recipe, problems: [] };
      return { source: 'none', recipe: null, problems: ['The picture carries no recipe.'] };
    },
  };
}
