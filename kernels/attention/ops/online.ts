import type { AllocationMeter } from './meter.ts';
import { loadRows, storeRow, type AttentionProblem } from './problem.ts';
import { addWeightedValues, allocateTiles, dropWeights, multiplyQueryKey, type Tiles } from './tiles.ts';

export interface OnlineOptions {
  /** Query rows of one block. */
  readonly rows: number;
  /** Keys of one block. */
  readonly columns: number;
  /**
   * How far a new maximum may exceed the one in use before sums are rescaled. 0 rescales at each larger maximum; matrix kernels
   * take 8, because their accumulators cannot be rescaled by row in registers and exp(8) still fits f16.
   */
  readonly slack?: number;
}

interface RowBlock {
  readonly scores: Float32Array;
  /** Weighted values so far, [rows, valueWidth]. */
  readonly sums: Float32Array;
  /** Sum of weights so far. */
  readonly masses: Float32Array;
  /** The maximum that weights are relative to. */
  readonly maxima: Float32Array;
}

/**
 * Attention with the online softmax (Milakov and Gimelshein 2018; Dao et al. 2022, algorithm 1): blocks of keys are folded into
 * running maxima, sums and weighted values, so that only one block of scores exists.
 */
export function onlineAttention(problem: AttentionProblem, meter: AllocationMeter, options: OnlineOptions): void {
  const rows = Math.min(options.rows, problem.queries);
  const columns = Math.min(options.columns, problem.keys);
  meter.within(() => {
    const tiles = allocateTiles(problem, meter, rows, columns);
    const block: RowBlock = {
      scores: meter.floats(rows * columns, 'scores'),
      sums: meter.floats(rows * problem.valueWidth, 'tiles'),
      masses: meter.floats(rows, 'tiles'),
      maxima: meter.floats(rows, 'tiles'),
    };
    for (let slab = 0; slab < problem.slabs; slab++) {
      for (let row = 0; row < problem.queries; row += rows) {
        attendBlock(problem, tiles, block, { slab, row, rows: Math.min(rows, problem.queries - row), columns, slack: options.slack ?? 0 });
      }
    }
  });
}

interface BlockPlace {
  readonly slab: number;
  readonly row: number;
  readonly rows: number;
  readonly columns: number;
  readonly slack: number;
}

function attendBlock(problem: AttentionProblem, tiles: Tiles, block: RowBlock, place: BlockPlace): void {
  const { slab, row, rows } = place;
  block.sums.fill(0);
  block.masses.fill(0);
  block.maxima.fill(-Infinity);
  loadRows(problem.query, slab, row, rows, problem.keyWidth, tiles.query);
  for (let column = 0; column < problem.keys; column += place.columns) {
    foldKeys(problem, tiles, block, place, { column, columns: Math.min(place.columns, problem.keys - column) });
  }
  for (let r = 0; r < rows; r++) {
    const mass = block.masses[r]!;
    const start = r * problem.valueWidth;
    for (let v = start; v < start + problem.valueWidth; v++) block.sums[v] = mass === 0 ? 0 : block.sums[v]! / mass;
    storeRow(problem.output, slab, row + r, block.sums, start, problem.valueWidth);
  }
}

function foldKeys(
  problem: AttentionProblem,
  tiles: Tiles,
  block: RowBlock,
  { slab, row, rows, slack }: BlockPlace,
  { column, columns }: { column: number; columns: number },
): void {
  const { keyWidth: width, valueWidth, scale } = problem;
  loadRows(problem.key, slab, column, columns, width, tiles.key);
  loadRows(problem.value, slab, column, columns, valueWidth, tiles.value);
  multiplyQueryKey(tiles, { rows, columns, width, scale }, block.scores, 0, columns);
  problem.bias?.addTo(block.scores, 0, columns, { slab, row, rows, column, columns });
  for (let r = 0; r < rows; r++) {
    const start = r * columns;
    rescale(block, r, largest(block.scores, start, columns), slack, valueWidth);
    const maximum = block.maxima[r]!;
    if (maximum === -Infinity) continue;
    let mass = 0;
    for (let c = start; c < start + columns; c++) {
      block.scores[c] = Math.exp(block.scores[c]! - maximum);
      mass += block.scores[c]!;
    }
    block.masses[r] = block.masses[r]! + mass;
    if (problem.dropout) dropWeights(problem.dropout, block.scores, start, { slab, row: row + r, column, columns });
    addWeightedValues(block.scores, start, tiles.value, columns, valueWidth, block.sums, r * valueWidth);
  }
}

function largest(scores: Float32Array, start: number, count: number): number {
  let maximum = -Infinity;
  for (let c = start; c < start + count; c++) maximum = Math.max(maximum, scores[c]!);
  return maximum;
}

function rescale({ sums, masses, maxima }: RowBlock, r: number, candidate: number, slack: number, width: number): void {
  const old = maxima[r]!;
  if (candidate <= old + slack && old !== -Infinity) return;
  const maximum = Math.max(old, candidate);
  const factor = old === -Infinity ? 0 : Math.exp(old - maximum);
  maxima[r] = maximum;
  masses[r] = masses[r]! * factor;
  for (let v = r * width; v < (r + 1) * width; v++) sums[v] = sums[v]! * factor;
}
