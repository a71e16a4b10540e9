import type { ProblemSize } from './inputs.ts';

export const smallestChunk = 512;
export const largestChunk = 8192;

/** Score bytes an adaptive chunk may take: the 2^29 that stayed clear of the 2^32-byte limit of MPS in practice. */
export const defaultChunkBudget = 2 ** 29;

/** The largest power of two between 512 and 8192 whose scores, [slabs, chunk, keys] in f32, fit the budget. */
export function adaptiveChunkSize({ slabs, keys }: Pick<ProblemSize, 'slabs' | 'keys'>, budgetBytes = defaultChunkBudget): number {
  const rows = budgetBytes / Math.max(1, slabs * keys * 4);
  const power = rows < 1 ? 1 : 2 ** Math.floor(Math.log2(rows));
  return Math.min(largestChunk, Math.max(smallestChunk, power));
}
