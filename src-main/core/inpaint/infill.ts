import type { Recipe } from '../../contract/recipe.ts';
import { infillBlur } from './infill-blur.ts';
import { infillColour } from './infill-colour.ts';
import { infillPatch } from './infill-patch.ts';
import { infillTile } from './infill-tile.ts';
import type { RgbPicture } from '../rgb-picture.ts';

export type InfillMethod = NonNullable<Recipe['inpaint']>['infill'];

/**
 * What the encoder sees in the holes of a picture before they are drawn. `hole` has one value a pixel: other than 0 to fill.
 * Known pixels are never changed. A picture without any comes back mid grey.
 */
export function infill(method: InfillMethod, picture: RgbPicture, hole: Uint8Array, seed: number): RgbPicture {
  if (method === 'none' || !hole.some((value) => value !== 0)) return picture;
  if (hole.every((value) => value !== 0)) return infillColour(picture, hole);
  switch (method) {
    case 'colour':
      return infillColour(picture, hole);
    case 'tile':
      return infillTile(picture, hole, seed);
    case 'blur':
      return infillBlur(picture, hole);
    case 'patch':
      return infillPatch(picture, hole, seed);
  }
}
