import type { AllocationMeter } from './meter.ts';
import { loadRows, type AttentionProblem, type Dropout } from './problem.ts';

/** Keys, values and queries are read in tiles of this many rows, as a kernel would into shared memory. */
export const tileRows = 64;

/** Buffers for one tile of each operand. */
export interface Tiles {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export function allocateTiles(problem: AttentionProblem, meter: AllocationMeter, rows = tileRows, columns = tileRows): Tiles {
  return {
    query: meter.floats(Math.min(rows, problem.queries) * problem.keyWidth, 'tiles'),
    key: meter.floats(Math.min(columns, problem.keys) * problem.keyWidth, 'tiles'),
    value: meter.floats(Math.min(columns, problem.keys) * problem.valueWidth, 'tiles'),
  };
}

/** scores[r, c] = scale * q[r] . k[c], accumulated in f64 and stored in f32. */
export function multiplyQueryKey(
  { query, key }: Pick<Tiles, 'query' | 'key'>,
  { rows, columns, width, scale }: { rows: number; columns: number; width: number; scale: number },
  scores: Float32Array,
  start: number,
  stride: number,
): void {
  for (let r = 0; r < rows; r++) {
    const q = r * width;
    for (let c = 0; c < columns; c++) {
      const k = c * width;
      let sum = 0;
      for (let index = 0; index < width; index++) sum += query[q + index]! * key[k + index]!;
      scores[start + r * stride + c] = sum * scale;
    }
  }
}

/** Writes the biased scores of query rows [row, row + rows) against all keys; row r starts at `start + r * stride`. */
export function scoreRows(
  problem: AttentionProblem,
  tiles: Tiles,
  { slab, row, rows }: { slab: number; row: number; rows: number },
  scores: Float32Array,
  start: number,
  stride: number,
): void {
  const { keys, keyWidth: width, scale } = problem;
  for (let r = 0; r < rows; r += tileRows) {
    const tileHeight = Math.min(tileRows, rows - r);
    loadRows(problem.query, slab, row + r, tileHeight, width, tiles.query);
    for (let column = 0; column < keys; column += tileRows) {
      const columns = Math.min(tileRows, keys - column);
      loadRows(problem.key, slab, column, columns, width, tiles.key);
      const at = start + r * stride + column;
      multiplyQueryKey(tiles, { rows: tileHeight, columns, width, scale }, scores, at, stride);
      problem.bias?.addTo(scores, at, stride, { slab, row: row + r, rows: tileHeight, column, columns });
    }
  }
}

/** Replaces a row of scores by its softmax. A row whose scores are all -Infinity becomes 0. */
export function softmaxRow(scores: Float32Array, start: number, count: number): void {
  let maximum = -Infinity;
  for (let c = 0; c < count; c++) maximum = Math.max(maximum, scores[start + c]!);
  if (maximum === -Infinity) return void scores.fill(0, start, start + count);
  let sum = 0;
  for (let c = 0; c < count; c++) {
    const weight = Math.exp(scores[start + c]! - maximum);
    scores[start + c] = weight;
    sum += weight;
  }
  for (let c = 0; c < count; c++) scores[start + c] = scores[start + c]! / sum;
}

/** Sets dropped weights of a tile row to 0 and scales the others. */
export function dropWeights(
  dropout: Dropout,
  weights: Float32Array,
  start: number,
  tile: { slab: number; row: number; column: number; columns: number },
): void {
  const scale = dropout.p < 1 ? 1 / (1 - dropout.p) : 0;
  for (let c = 0; c < tile.columns; c++) {
    const kept = uniform(dropout.seed, tile.slab, tile.row, tile.column + c) >= dropout.p;
    weights[start + c] = kept ? weights[start + c]! * scale : 0;
  }
}

/** A number in [0, 1) that depends on nothing but its place, so that every op and tile size drops the same weights. */
function uniform(seed: number, slab: number, row: number, column: number): number {
  let hash = mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32);
  for (const part of [slab, row, column]) hash = mix(hash ^ mix(part + 0x9e3779b9));
  return (hash >>> 0) / 2 ** 32;
}

/** The 32-bit finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** target[v] += sum over c of weights[c] * value[c, v] for one row of weights. */
export function addWeightedValues(
  weights: Float32Array,
  start: number,
  value: Float32Array,
  columns: number,
  width: number,
  target: Float32Array,
  targetStart: number,
): void {
  for (let c = 0; c < columns; c++) {
    const weight = weights[start + c]!;
    if (weight === 0) continue;
    for (let index = 0; index < width; index++) {
      target[targetStart + index] = target[targetStart + index]! + weight * value[c * width + index]!;
    }
  }
}
