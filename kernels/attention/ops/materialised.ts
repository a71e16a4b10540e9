import type { AllocationMeter } from './meter.ts';
import { loadRows, storeRow, type AttentionProblem } from './problem.ts';
import { addWeightedValues, allocateTiles, dropWeights, scoreRows, softmaxRow, tileRows, type Tiles } from './tiles.ts';

/** The plain form: all scores of all slabs at once, [slabs, queries, keys]. */
export function mathAttention(problem: AttentionProblem, meter: AllocationMeter): void {
  attendInParts(problem, meter, { slabs: problem.slabs, rows: problem.queries });
}

/** Slabs one after the other in slices, as SlicedAttnProcessor of diffusers; scores are [sliceSize, queries, keys]. */
export function slicedAttention(problem: AttentionProblem, meter: AllocationMeter, sliceSize = 1): void {
  attendInParts(problem, meter, { slabs: sliceSize, rows: problem.queries });
}

/** Queries one chunk after the other, all slabs together; scores are [slabs, chunkSize, keys]. */
export function chunkedAttention(problem: AttentionProblem, meter: AllocationMeter, chunkSize: number): void {
  attendInParts(problem, meter, { slabs: problem.slabs, rows: chunkSize });
}

function attendInParts(problem: AttentionProblem, meter: AllocationMeter, part: { slabs: number; rows: number }): void {
  const { slabs, queries, keys } = problem;
  const partSlabs = Math.min(part.slabs, slabs);
  const partRows = Math.min(part.rows, queries);
  meter.within(() => {
    const tiles = allocateTiles(problem, meter);
    const sums = meter.floats(Math.min(tileRows, partRows) * problem.valueWidth, 'tiles');
    const scores = meter.floats(partSlabs * partRows * keys, 'scores');
    for (let slab = 0; slab < slabs; slab += partSlabs) {
      for (let row = 0; row < queries; row += partRows) {
        const rows = Math.min(partRows, queries - row);
        for (let s = 0; s < Math.min(partSlabs, slabs - slab); s++) {
          attendRows(problem, tiles, { slab: slab + s, row, rows }, { scores, start: s * partRows * keys, sums });
        }
      }
    }
  });
}

function attendRows(
  problem: AttentionProblem,
  tiles: Tiles,
  { slab, row, rows }: { slab: number; row: number; rows: number },
  { scores, start, sums }: { scores: Float32Array; start: number; sums: Float32Array },
): void {
  const { keys, valueWidth } = problem;
  scoreRows(problem, tiles, { slab, row, rows }, scores, start, keys);
  for (let r = 0; r < rows; r++) {
    softmaxRow(scores, start + r * keys, keys);
    if (problem.dropout) dropWeights(problem.dropout, scores, start + r * keys, { slab, row: row + r, column: 0, columns: keys });
  }
  for (let first = 0; first < rows; first += tileRows) {
    const last = Math.min(rows, first + tileRows);
    sums.fill(0);
    for (let column = 0; column < keys; column += tileRows) {
      const columns = Math.min(tileRows, keys - column);
      loadRows(problem.value, slab, column, columns, valueWidth, tiles.value);
      for (let r = first; r < last; r++) {
        addWeightedValues(scores, start + r * keys + column, tiles.value, columns, valueWidth, sums, (r - first) * valueWidth);
      }
    }
    for (let r = first; r < last; r++) storeRow(problem.output, slab, row + r, sums, (r - first) * valueWidth, valueWidth);
  }
}
