import type { AllocationMeter } from './meter.ts';
import { loadRows, storeRow, type AttentionProblem } from './problem.ts';
import { addWeightedValues, allocateTiles, dropWeights, multiplyQueryKey } from './tiles.ts';

/**
 * Memory-efficient attention after Rabe and Staats 2021: each chunk of keys gives partial values, sums and maxima of its own,
 * which are merged at the end. Unlike the online form the chunks do not depend on one another; partials grow with the number of chunks.
 * @param queryRows query rows handled together; keys are taken in chunks of about the square root of their number, 64 at least.
 */
export function keyPartialsAttention(problem: AttentionProblem, meter: AllocationMeter, queryRows = 64): void {
  const { queries, keys, keyWidth: width, valueWidth, scale } = problem;
  const rows = Math.min(queryRows, queries);
  const columns = Math.min(keys, Math.max(64, Math.ceil(Math.sqrt(keys))));
  const chunks = columns === 0 ? 0 : Math.ceil(keys / columns);
  meter.within(() => {
    const tiles = allocateTiles(problem, meter, rows, columns);
    const scores = meter.floats(rows * columns, 'scores');
    const sums = meter.floats(chunks * rows * valueWidth, 'partials');
    const masses = meter.floats(chunks * rows, 'partials');
    const maxima = meter.floats(chunks * rows, 'partials');
    const merged = meter.floats(valueWidth, 'tiles');

    for (let slab = 0; slab < problem.slabs; slab++) {
      for (let row = 0; row < queries; row += rows) {
        const count = Math.min(rows, queries - row);
        sums.fill(0);
        loadRows(problem.query, slab, row, count, width, tiles.query);
        for (let chunk = 0; chunk < chunks; chunk++) {
          const column = chunk * columns;
          const chunkColumns = Math.min(columns, keys - column);
          loadRows(problem.key, slab, column, chunkColumns, width, tiles.key);
          loadRows(problem.value, slab, column, chunkColumns, valueWidth, tiles.value);
          multiplyQueryKey(tiles, { rows: count, columns: chunkColumns, width, scale }, scores, 0, chunkColumns);
          problem.bias?.addTo(scores, 0, chunkColumns, { slab, row, rows: count, column, columns: chunkColumns });
          for (let r = 0; r < count; r++) {
            const partial = chunk * rows + r;
            const start = r * chunkColumns;
            [maxima[partial], masses[partial]] = exponentiate(scores, start, chunkColumns);
            if (problem.dropout) dropWeights(problem.dropout, scores, start, { slab, row: row + r, column, columns: chunkColumns });
            addWeightedValues(scores, start, tiles.value, chunkColumns, valueWidth, sums, partial * valueWidth);
          }
        }
        for (let r = 0; r < count; r++) {
          mergePartials({ sums, masses, maxima }, { r, rows, chunks, width: valueWidth }, merged);
          storeRow(problem.output, slab, row + r, merged, 0, valueWidth);
        }
      }
    }
  });
}

/** Replaces scores by exp(score - maximum); returns the maximum and the sum. All -Infinity gives weights 0. */
function exponentiate(scores: Float32Array, start: number, count: number): [maximum: number, sum: number] {
  let maximum = -Infinity;
  for (let c = start; c < start + count; c++) maximum = Math.max(maximum, scores[c]!);
  let sum = 0;
  for (let c = start; c < start + count; c++) {
    scores[c] = maximum === -Infinity ? 0 : Math.exp(scores[c]! - maximum);
    sum += scores[c]!;
  }
  return [maximum, sum];
}

function mergePartials(
  { sums, masses, maxima }: { sums: Float32Array; masses: Float32Array; maxima: Float32Array },
  { r, rows, chunks, width }: { r: number; rows: number; chunks: number; width: number },
  merged: Float32Array,
): void {
  let maximum = -Infinity;
  for (let chunk = 0; chunk < chunks; chunk++) maximum = Math.max(maximum, maxima[chunk * rows + r]!);
  merged.fill(0);
  if (maximum === -Infinity) return;
  let mass = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const partial = chunk * rows + r;
    const factor = Math.exp(maxima[partial]! - maximum);
    mass += masses[partial]! * factor;
    for (let v = 0; v < width; v++) merged[v] = merged[v]! + sums[partial * width + v]! * factor;
  }
  for (let v = 0; v < width; v++) merged[v] = merged[v]! / mass;
}
