import type { StridedTensor } from '../strided/tensor.ts';
import { cornersOf, readElement } from '../strided/tensor.ts';

/** A rectangle of the score matrix of one slab. */
export interface ScoreTile {
  readonly slab: number;
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Something added to scores before the softmax, computed tile by tile so that no score-sized tensor need exist. */
export interface ScoreBias {
  /** Adds to `scores`, whose row r of the tile starts at `start + r * stride`. */
  addTo(scores: Float32Array, start: number, stride: number, tile: ScoreTile): void;
}

/** Several biases, added in order. */
export function sumOfBiases(parts: readonly (ScoreBias | undefined)[]): ScoreBias | undefined {
  const present = parts.filter((part) => part !== undefined);
  if (present.length <= 1) return present[0];
  return { addTo: (scores, start, stride, tile) => present.forEach((part) => part.addTo(scores, start, stride, tile)) };
}

/** A stored bias [B, …heads, queries, keys]; a stride of 0 broadcasts. */
export function tensorBias(source: StridedTensor): ScoreBias {
  const [rowStride, columnStride] = source.strides.slice(-2) as [number, number];
  const starts = cornersOf(source, [...source.shape.keys()].slice(0, -2));
  return {
    addTo(scores, start, stride, { slab, row, rows, column, columns }) {
      for (let r = 0; r < rows; r++) {
        let position = starts[slab]! + (row + r) * rowStride + column * columnStride;
        for (let c = 0; c < columns; c++, position += columnStride) {
          scores[start + r * stride + c] = scores[start + r * stride + c]! + readElement(source, position);
        }
      }
    },
  };
}

/** Query q sees key k only where k <= q + offset: offset 0 is the top-left corner, keys - queries the bottom-right one. */
export function causalBias(offset: number): ScoreBias {
  return {
    addTo(scores, start, stride, { row, rows, column, columns }) {
      for (let r = 0; r < rows; r++) {
        const first = Math.max(0, row + r + offset + 1 - column);
        for (let c = first; c < columns; c++) scores[start + r * stride + c] = -Infinity;
      }
    },
  };
}

/** Query q sees exactly the keys [from(q), to(q)). */
export function rangeBias(rangeOf: (query: number) => readonly [number, number]): ScoreBias {
  return {
    addTo(scores, start, stride, { row, rows, column, columns }) {
      for (let r = 0; r < rows; r++) {
        const [from, to] = rangeOf(row + r);
        for (let c = 0; c < columns; c++) {
          if (column + c < from || column + c >= to) scores[start + r * stride + c] = -Infinity;
        }
      }
    },
  };
}

/** Factors of a bias of low rank: row q and column k of a slab get `query[q] . key[k]`. */
export interface LowRankFactors {
  readonly rank: number;
  /** [slabs, queries, rank] */
  readonly query: (slab: number, row: number) => ArrayLike<number>;
  /** [slabs, keys, rank] */
  readonly key: (slab: number, column: number) => ArrayLike<number>;
}

/** The product of two thin factors, never stored. */
export function lowRankBias({ rank, query, key }: LowRankFactors): ScoreBias {
  return {
    addTo(scores, start, stride, { slab, row, rows, column, columns }) {
      for (let r = 0; r < rows; r++) {
        const left = query(slab, row + r);
        for (let c = 0; c < columns; c++) {
          const right = key(slab, column + c);
          let sum = 0;
          for (let index = 0; index < rank; index++) sum += left[index]! * right[index]!;
          scores[start + r * stride + c] = scores[start + r * stride + c]! + sum;
        }
      }
    },
  };
}
