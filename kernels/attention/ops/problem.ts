import { readElement, writeElement, type StridedTensor } from '../strided/tensor.ts';
import type { ScoreBias } from '../bias/score-bias.ts';

/** Rows of one operand for every slab (a batch row and head). Elements of a row are adjacent. */
export interface SlabRows {
  readonly source: StridedTensor;
  /** Storage position of row 0 of each slab. */
  readonly starts: readonly number[];
  readonly rowStride: number;
}

/** Attention over independent slabs: per slab `softmax(scale * Q K^T + bias) V` with Q [queries, keyWidth], V [keys, valueWidth]. */
export interface AttentionProblem {
  readonly slabs: number;
  readonly queries: number;
  readonly keys: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly query: SlabRows;
  readonly key: SlabRows;
  readonly value: SlabRows;
  readonly output: SlabRows;
  readonly scale: number;
  readonly bias?: ScoreBias | undefined;
  readonly dropout?: Dropout | undefined;
}

export interface Dropout {
  /** Probability that a weight becomes 0; the others are divided by 1 - p. */
  readonly p: number;
  readonly seed: number;
}

/** Copies `count` rows from `first` on into `out`, row-major and as f32. */
export function loadRows(rows: SlabRows, slab: number, first: number, count: number, width: number, out: Float32Array): void {
  const { source, rowStride } = rows;
  const start = rows.starts[slab]! + first * rowStride;
  for (let row = 0; row < count; row++) {
    const from = start + row * rowStride;
    if (source.dtype === 'bf16') {
      for (let index = 0; index < width; index++) out[row * width + index] = readElement(source, from + index);
    } else {
      out.set((source.data as Float32Array).subarray(from, from + width), row * width);
    }
  }
}

/** Writes one row, rounded to the output's type. */
export function storeRow(rows: SlabRows, slab: number, row: number, values: ArrayLike<number>, start: number, width: number): void {
  const position = rows.starts[slab]! + row * rows.rowStride;
  for (let index = 0; index < width; index++) writeElement(rows.source, position + index, values[start + index]!);
}
