import type { EngineRequest } from '../../contract/engine-messages.ts';
import { AppError } from '../../contract/errors.ts';
import { isNetworkPath } from '../../contract/filters.ts';
import { applyFilter } from '../../core/filters/filter.ts';
import type { RgbPicture } from '../../core/rgb-picture.ts';
import { networkFilter } from '../filters/network-filter.ts';
import { readOnPaper } from './pictures.ts';

export type FilterRequest = Omit<Extract<EngineRequest, { kind: 'filter' }>, 'kind'>;

/**
 * A picture after a filter, at its own size; transparent parts are white paper. Throws AppError `filterParameter` or `badPicture`, and of a network
 * what `networkFilter` throws.
 */
export async function filterPicture({ filter, values, picture, assets }: FilterRequest): Promise<RgbPicture> {
  const pixels = await readOnPaper(picture, assets);
  if (!isNetworkPath(filter)) return applyFilter(filter, pixels, values);
  const [parameter] = Object.keys(values);
  if (parameter !== undefined) {
    const message = `A network takes no parameters; found ${parameter}.`;
    throw new AppError('filterParameter', message, { filter, parameter });
  }
  return networkFilter(filter, pixels);
}
