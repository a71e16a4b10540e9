/** No network that Strata knows has more blocks or layers; a hostile file must not make us build without end. */
const most = 64;

/** How many of the indices 0, 1, 2 … exist before the first that does not: blocks and layers are counted by their names. */
export function countIndices(exists: (index: number) => boolean): number {
  let count = 0;
  while (count < most && exists(count)) count++;
  return count;
}

/** 0 … count - 1 */
export function indicesBelow(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
