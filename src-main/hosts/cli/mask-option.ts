import type { MaskSource } from '../../contract/recipe.ts';
import { UsageError } from './usage.ts';

/** `x,y,w,h` in pixels of the picture, or the name of a mask file. */
export function parseMask(text: string): MaskSource {
  const match = /^\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  if (!match) return { asset: text.trim() };
  const [x = 0, y = 0, width = 0, height = 0] = match.slice(1).map(Number);
  if (width < 1 || height < 1) throw new UsageError(`A region must be at least 1x1; found "${text.trim()}".`);
  return { rectangle: { x, y, width, height } };
}
