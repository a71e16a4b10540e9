import type { ScoreBias } from '../bias/score-bias.ts';
import { ValueError } from '../errors.ts';
import type { AllocationMeter } from '../ops/meter.ts';
import { loadRows, type SlabRows } from '../ops/problem.ts';
import { tensor, toFloat32, tuple, type StridedTensor } from '../strided/tensor.ts';

/** Height and width of a map of tokens. */
export type GridSize = readonly [height: number, width: number];

/**
 * Relative position embeddings of every query and key position along one axis.
 * @param table [L, C]; interpolated linearly to 2 * max(querySize, keySize) - 1 rows where L differs.
 * @returns [querySize, keySize, C]. After get_rel_pos of Segment Anything's image encoder.
 */
export function getRelPos(querySize: number, keySize: number, table: StridedTensor): StridedTensor {
  const [rows, channels] = table.shape as [number, number];
  const needed = 2 * Math.max(querySize, keySize) - 1;
  const source = rows === needed ? toFloat32(table) : interpolateRows(toFloat32(table), rows, channels, needed);
  const queryStep = Math.max(keySize / querySize, 1);
  const keyStep = Math.max(querySize / keySize, 1);
  const result = new Float32Array(querySize * keySize * channels);
  for (let q = 0; q < querySize; q++) {
    for (let k = 0; k < keySize; k++) {
      const row = Math.trunc(q * queryStep - k * keyStep + (keySize - 1) * keyStep);
      result.set(source.subarray(row * channels, (row + 1) * channels), (q * keySize + k) * channels);
    }
  }
  return tensor([querySize, keySize, channels], result);
}

function interpolateRows(values: Float32Array, rows: number, channels: number, wanted: number): Float32Array {
  const matrix = interpolationMatrix(rows, wanted);
  const result = new Float32Array(wanted * channels);
  for (let row = 0; row < wanted; row++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let from = 0; from < rows; from++) sum += matrix[row * rows + from]! * values[from * channels + c]!;
      result[row * channels + c] = sum;
    }
  }
  return result;
}

/** The matrix [wanted, rows] of linear interpolation with half-pixel centres, as torch's interpolate without align_corners. */
export function interpolationMatrix(rows: number, wanted: number): Float32Array {
  const matrix = new Float32Array(wanted * rows);
  for (let row = 0; row < wanted; row++) {
    const position = Math.max(0, ((row + 0.5) * rows) / wanted - 0.5);
    const low = Math.min(rows - 1, Math.floor(position));
    const high = Math.min(rows - 1, low + 1);
    matrix[row * rows + low] = matrix[row * rows + low]! + 1 - (position - low);
    matrix[row * rows + high] = matrix[row * rows + high]! + position - low;
  }
  return matrix;
}

export interface RelPosTables {
  /** [2 * height - 1, C] or another length, which is interpolated. */
  readonly relPosH: StridedTensor;
  /** [2 * width - 1, C] */
  readonly relPosW: StridedTensor;
}

/**
 * The scores with decomposed relative positions added: attn[b, (y, x), (ky, kx)] += q . Rh[y, ky] + q . Rw[x, kx].
 * @param attn [B, qh * qw, kh * kw]
 * @param query [B, qh * qw, C], not scaled.
 */
export function addDecomposedRelPos(
  attn: StridedTensor,
  query: StridedTensor,
  { relPosH, relPosW }: RelPosTables,
  querySize: GridSize,
  keySize: GridSize,
): StridedTensor {
  const [batch, rows, channels] = query.shape as [number, number, number];
  const columns = keySize[0] * keySize[1];
  if (rows !== querySize[0] * querySize[1] || attn.shape.join() !== [batch, rows, columns].join()) {
    throw new ValueError(
      `expected scores (${batch}, ${querySize[0] * querySize[1]}, ${columns}) for maps ${tuple(querySize)} and ${tuple(keySize)}, ` +
        `got ${tuple(attn.shape)}`,
    );
  }
  const factors = relPosFactors(sequentialRows(query, channels), { relPosH, relPosW }, { slabs: batch, querySize, keySize });
  const scores = toFloat32(attn);
  const bias = factorBias(factors, keySize);
  for (let slab = 0; slab < batch; slab++) {
    bias.addTo(scores, slab * rows * columns, columns, { slab, row: 0, rows, column: 0, columns });
  }
  return tensor(attn.shape, scores, { device: attn.device });
}

/** The thin factors of the bias: what each query adds to every key row and to every key column. */
export interface RelPosFactors {
  /** [slabs, queries, key height] */
  readonly rows: Float32Array;
  /** [slabs, queries, key width] */
  readonly columns: Float32Array;
  readonly queries: number;
}

export interface RelPosExtent {
  readonly slabs: number;
  readonly querySize: GridSize;
  readonly keySize: GridSize;
}

/** Multiplies each unscaled query by the embeddings of its row and column: queries * (key height + key width) numbers a slab. */
export function relPosFactors(query: SlabRows, tables: RelPosTables, extent: RelPosExtent, meter?: AllocationMeter): RelPosFactors {
  const { slabs, querySize, keySize } = extent;
  const [height, width] = querySize;
  const queries = height * width;
  const channels = tables.relPosH.shape[1]!;
  const vertical = getRelPos(height, keySize[0], tables.relPosH).data as Float32Array;
  const horizontal = getRelPos(width, keySize[1], tables.relPosW).data as Float32Array;
  const allocate = (count: number) => meter?.floats(count, 'partials') ?? new Float32Array(count);
  const rows = allocate(slabs * queries * keySize[0]);
  const columns = allocate(slabs * queries * keySize[1]);
  const row = new Float32Array(channels);
  for (let slab = 0; slab < slabs; slab++) {
    for (let index = 0; index < queries; index++) {
      loadRows(query, slab, index, 1, channels, row);
      const place = slab * queries + index;
      dotRows(row, vertical, Math.floor(index / width) * keySize[0], rows, place * keySize[0], keySize[0]);
      dotRows(row, horizontal, (index % width) * keySize[1], columns, place * keySize[1], keySize[1]);
    }
  }
  return { rows, columns, queries };
}

function dotRows(query: Float32Array, table: Float32Array, firstRow: number, out: Float32Array, start: number, count: number): void {
  const channels = query.length;
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += query[c]! * table[(firstRow + k) * channels + c]!;
    out[start + k] = sum;
  }
}

/** The bias that the factors stand for; key k lies in row k / width and column k % width of the key map. */
export function factorBias({ rows, columns, queries }: RelPosFactors, [keyHeight, keyWidth]: GridSize): ScoreBias {
  return {
    addTo(scores, start, stride, tile) {
      for (let r = 0; r < tile.rows; r++) {
        const query = tile.slab * queries + tile.row + r;
        for (let c = 0; c < tile.columns; c++) {
          const key = tile.column + c;
          const y = query * keyHeight + Math.floor(key / keyWidth);
          const x = query * keyWidth + (key % keyWidth);
          scores[start + r * stride + c] = scores[start + r * stride + c]! + rows[y]! + columns[x]!;
        }
      }
    },
  };
}

/** Rows of [B, rows, width] as slabs. */
function sequentialRows(source: StridedTensor, width: number): SlabRows {
  if (width > 1 && source.strides[2] !== 1) throw new ValueError(`query.stride(-1) > 1 (query.stride() = ${tuple(source.strides)})`);
  const starts = Array.from({ length: source.shape[0]! }, (_, slab) => source.offset + slab * source.strides[0]!);
  return { source, starts, rowStride: source.strides[1]! };
}
