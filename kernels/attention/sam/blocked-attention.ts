import { ValueError } from '../errors.ts';
import { AllocationMeter } from '../ops/meter.ts';
import { onlineAttention } from '../ops/online.ts';
import type { SlabRows } from '../ops/problem.ts';
import { reshape, tuple, zeros, type StridedTensor } from '../strided/tensor.ts';
import { factorBias, relPosFactors, type GridSize, type RelPosTables } from './rel-pos.ts';

export interface BlockedAttentionOptions extends Partial<RelPosTables> {
  /** Factor of the scores; C^-0.5 unless given. Relative positions use the query without it. */
  readonly scale?: number;
  /** Rows of queries and of keys are split in this many parts each, so that div * div blocks of scores are computed in turn. */
  readonly div?: number;
  readonly meter?: AllocationMeter;
}

/**
 * Attention over maps of tokens in div² blocks with the online softmax and Segment Anything's decomposed relative positions;
 * only one block of scores, 1/div² of them, exists at a time.
 * @param query [B, H, W, C] (B counts batch rows times heads); key [B, Hk, Wk, C]; value [B, Hk, Wk, Cv]
 * @returns [B, H, W, Cv] of the query's type.
 * Throws ValueError when a height or width is not divisible by div, shapes do not fit, or only one table is given.
 */
export function blockedAttention(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  options: BlockedAttentionOptions = {},
): StridedTensor {
  const { div = 4, relPosH, relPosW, meter = new AllocationMeter() } = options;
  validate(query, key, value, options, div);
  const [batch, height, width, channels] = query.shape as [number, number, number, number];
  const [keyHeight, keyWidth, valueWidth] = value.shape.slice(1) as [number, number, number];
  const querySize: GridSize = [height, width];
  const keySize: GridSize = [keyHeight, keyWidth];
  const output = zeros([batch, height, width, valueWidth], { dtype: query.dtype, device: query.device });
  const queryRows = mapRows(query);
  const queries = height * width;
  const keys = keyHeight * keyWidth;
  meter.within(() => {
    const tables = relPosH && relPosW ? { relPosH, relPosW } : undefined;
    const bias = tables && factorBias(relPosFactors(queryRows, tables, { slabs: batch, querySize, keySize }, meter), keySize);
    const problem = {
      slabs: batch,
      queries,
      keys,
      keyWidth: channels,
      valueWidth,
      query: queryRows,
      key: mapRows(key),
      value: mapRows(value),
      output: mapRows(output),
      scale: options.scale ?? channels ** -0.5,
      bias,
    };
    onlineAttention(problem, meter, { rows: queries / div, columns: keys / div });
  });
  return output;
}

function validate(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  { relPosH, relPosW }: BlockedAttentionOptions,
  div: number,
): void {
  const shapes = `query ${tuple(query.shape)}, key ${tuple(key.shape)}, value ${tuple(value.shape)}`;
  const fits =
    [query, key, value].every(({ shape }) => shape.length === 4 && shape[0] === query.shape[0]) &&
    key.shape[3] === query.shape[3] &&
    key.shape[1] === value.shape[1] &&
    key.shape[2] === value.shape[2];
  if (!fits) throw new ValueError(`expected query [B, H, W, C], key [B, Hk, Wk, C] and value [B, Hk, Wk, Cv], got ${shapes}`);
  if (!(Number.isInteger(div) && div >= 1)) throw new ValueError(`expected div of 1 or more, got ${div}`);
  for (const [name, { shape }] of [
    ['query', query],
    ['key', key],
  ] as const) {
    if (shape[1]! % div !== 0 || shape[2]! % div !== 0) {
      throw new ValueError(`expected the height and width of ${name} to be divisible by div = ${div}, got ${shape[1]} x ${shape[2]}`);
    }
  }
  if ((relPosH === undefined) !== (relPosW === undefined)) throw new ValueError('expected both relPosH and relPosW or neither');
}

/** Rows of [B, H, W, C] maps, copied only where the rows of a map are not evenly spaced. */
function mapRows(map: StridedTensor): SlabRows {
  const [batch, height, width, channels] = map.shape as [number, number, number, number];
  const even = (channels === 1 || map.strides[3] === 1) && (height === 1 || map.strides[1] === width * map.strides[2]!);
  const source = even ? map : reshape(map, [batch, height, width, channels]);
  const starts = Array.from({ length: batch }, (_, slab) => source.offset + slab * source.strides[0]!);
  return { source, starts, rowStride: source.strides[2]! };
}
