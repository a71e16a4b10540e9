import type { EngineRequest } from '../../contract/engine-messages.ts';
import { applyFilter } from '../../core/filters/filter.ts';
import type { RgbPicture } from '../../core/rgb-picture.ts';
import { readOnPaper } from './pictures.ts';

export type FilterRequest = Omit<Extract<EngineRequest, { kind: 'filter' }>, 'kind'>;

/** A picture after a filter, at its own size; transparent parts are white paper. Throws AppError `filterParameter` or `badPicture`. */
export async function filterPicture({ filter, values, picture, assets }: FilterRequest): Promise<RgbPicture> {
  return applyFilter(filter, await readOnPaper(picture, assets), values);
}
