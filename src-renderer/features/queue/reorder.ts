/**
 * Before which one a waiting job must be put to move by one place; null for last, undefined where it cannot move.
 * @param ids of the jobs of its priority, in their order
 */
export function placeBefore(ids: readonly number[], job: number, step: -1 | 1): number | null | undefined {
  const at = ids.indexOf(job);
  if (at < 0 || at + step < 0 || at + step >= ids.length) return undefined;
  return step < 0 ? ids[at - 1] : (ids[at + 2] ?? null);
}
