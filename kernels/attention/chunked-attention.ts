import { causalBias, sumOfBiases } from './bias/score-bias.ts';
import { ValueError } from './errors.ts';
import { maskBias, type AttentionMask } from './mask.ts';
import { adaptiveChunkSize, defaultChunkBudget } from './ops/chunk-size.ts';
import { chooseOp } from './ops/dispatch.ts';
import { noBias, type BiasFacts, type OpInputs } from './ops/inputs.ts';
import { chunkedAttention } from './ops/materialised.ts';
import { AllocationMeter } from './ops/meter.ts';
import type { AttentionProblem, SlabRows } from './ops/problem.ts';
import { cornersOf, permute, tuple, zeros, type StridedTensor } from './strided/tensor.ts';

export interface ChunkedAttentionOptions {
  /** Additive or boolean, of rank 2, 3 or 4, each dimension exact or 1 against [B, H, S, T] from the right. Adds to `isCausal`. */
  readonly attnMask?: AttentionMask | null | undefined;
  readonly dropoutP?: number;
  /** Query i sees keys 0 … i, counted from the first query of the call and not of the chunk. */
  readonly isCausal?: boolean;
  /** Query rows of a chunk, usually 512 to 8192; from the memory budget unless given. */
  readonly chunkSize?: number | undefined;
  /** Score bytes that an adaptive chunk may take. */
  readonly budgetBytes?: number;
  readonly scale?: number | undefined;
  /** Chunks on any device, for tests and to bound a dense bias; else only Apple devices chunk. */
  readonly force?: boolean;
  readonly seed?: number;
  readonly meter?: AllocationMeter;
}

/**
 * Scaled dot-product attention whose queries are taken in chunks on Apple devices, where a score tensor of 2^32 bytes fails and
 * one of 2^31 elements is silently wrong. Elsewhere, and up to one chunk of queries, the device's own op runs.
 * @param query [B, H, S, D]; key [B, H, T, D]; value [B, H, T, Dv]; any strides as long as the last is 1.
 * @returns [B, H, S, Dv]. The chunk size changes memory only. Fully masked rows are 0.
 * Throws ValueError for shapes that do not fit, a mask that does not broadcast, or a chunk size below 1.
 */
export function chunkedScaledDotProductAttention(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  options: ChunkedAttentionOptions = {},
): StridedTensor {
  const { attnMask, dropoutP = 0, isCausal = false, chunkSize, scale, seed = 0, meter = new AllocationMeter() } = options;
  validate(query, key, value, options);
  const [batch, heads, queries, keyWidth] = query.shape as [number, number, number, number];
  const [keys, valueWidth] = value.shape.slice(2) as [number, number];
  const output = zeros([batch, heads, queries, valueWidth], { dtype: query.dtype, device: query.device });
  const problem: AttentionProblem = {
    slabs: batch * heads,
    queries,
    keys,
    keyWidth,
    valueWidth,
    query: slabRows(query),
    key: slabRows(key),
    value: slabRows(value),
    output: slabRows(output),
    scale: scale ?? keyWidth ** -0.5,
    bias: sumOfBiases([attnMask ? maskBias(attnMask, [batch, heads, queries, keys]) : undefined, isCausal ? causalBias(0) : undefined]),
    dropout: dropoutP > 0 ? { p: dropoutP, seed } : undefined,
  };
  const chunk = chunkSize ?? adaptiveChunkSize(problem, options.budgetBytes ?? defaultChunkBudget);
  const chunks = options.force === true || (query.device.class === 'apple' && queries > chunk);
  if (chunks) chunkedAttention(problem, meter, chunk);
  else chooseOp(opInputs(query, key, value, options), query.device).op.apply(problem, meter);
  return output;
}

function validate(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  { chunkSize, dropoutP = 0 }: ChunkedAttentionOptions,
): void {
  const shapes = `query ${tuple(query.shape)}, key ${tuple(key.shape)}, value ${tuple(value.shape)}`;
  if ([query, key, value].some(({ shape }) => shape.length !== 4)) throw new ValueError(`expected [B, H, S, D] tensors, got ${shapes}`);
  const sameHeads = [key, value].every(({ shape }) => shape[0] === query.shape[0] && shape[1] === query.shape[1]);
  if (!sameHeads || key.shape[3] !== query.shape[3] || key.shape[2] !== value.shape[2]) {
    throw new ValueError(`expected key [B, H, T, D] and value [B, H, T, Dv] for query [B, H, S, D], got ${shapes}`);
  }
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize >= 1)) {
    throw new ValueError(`expected a chunk size of 1 or more query rows, got ${chunkSize}`);
  }
  if (!(dropoutP >= 0 && dropoutP <= 1)) throw new ValueError(`dropout probability has to be between 0 and 1, but got ${dropoutP}`);
}

function opInputs(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  { attnMask, isCausal = false, dropoutP = 0, scale }: ChunkedAttentionOptions,
): OpInputs {
  const [q, k, v] = [query, key, value].map((operand) => permute(operand, [0, 2, 1, 3])) as [StridedTensor, StridedTensor, StridedTensor];
  return { query: q, key: k, value: v, bias: biasFacts(attnMask, isCausal), p: dropoutP, scale };
}

function biasFacts(mask: AttentionMask | null | undefined, isCausal: boolean): BiasFacts {
  if (!mask) return isCausal ? { form: 'causal', typeName: 'is_causal' } : noBias;
  const form = isCausal ? 'causalWithDense' : 'dense';
  const stored = mask.dtype === 'bool' ? { shape: mask.shape, strides: [], dtype: 'f32' as const } : mask;
  return { form, typeName: "<class 'torch.Tensor'>", tensor: stored };
}

/** Slabs of [B, H, S, D]. */
function slabRows(operand: StridedTensor): SlabRows {
  return { source: operand, starts: cornersOf(operand, [0, 1]), rowStride: operand.strides[2]! };
}
