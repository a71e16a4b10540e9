import { LowerTriangularMaskWithTensorBias, type AttentionBias } from './bias/attention-bias.ts';
import { sumOfBiases, tensorBias, type ScoreBias } from './bias/score-bias.ts';
import { describeBias, isTensor, validateInputs } from './memory-efficient-inputs.ts';
import { chooseOp } from './ops/dispatch.ts';
import { problemSize } from './ops/inputs.ts';
import { AllocationMeter } from './ops/meter.ts';
import type { OpName } from './ops/op.ts';
import type { AttentionProblem, SlabRows } from './ops/problem.ts';
import { cornersOf, unsqueeze, zeros, type FloatType, type StridedTensor } from './strided/tensor.ts';

export interface MemoryEfficientAttentionOptions {
  /** A mask by rule, or a tensor of exactly [B, H, Mq, Mkv] ([B, Mq, Mkv] for inputs without heads) that is added to the scores. */
  readonly attnBias?: AttentionBias | StridedTensor | null | undefined;
  /** Dropout on the probabilities, 0 to 1. */
  readonly p?: number;
  /** Factor of the scores; K^-0.5 unless given. */
  readonly scale?: number | null;
  /** Forces an op; else the first of the device's list that can serve. */
  readonly op?: OpName | null;
  /** Of dropout: the same seed drops the same weights, whichever op runs. */
  readonly seed?: number;
  readonly outputDtype?: FloatType;
  /** Counts what the op allocates. */
  readonly meter?: AllocationMeter;
}

/**
 * softmax(scale * Q K^T + bias) V, with the semantics of xformers.ops.memory_efficient_attention.
 * @param query [B, M, H, K], [B, M, K] or, with grouped heads, [B, M, G, H, K]; any strides as long as the last is 1.
 * @param key [B, Mkv, H, K] (same rank)
 * @param value [B, Mkv, H, Kv] (same rank)
 * @returns [B, M, H, Kv] (same rank) of the query's type. Rows that see no key are 0.
 * Throws ValueError for invalid inputs or a forced op that cannot serve them, NotImplementedError when no op can.
 */
export function memoryEfficientAttention(
  query: StridedTensor,
  key: StridedTensor,
  value: StridedTensor,
  options: MemoryEfficientAttentionOptions = {},
): StridedTensor {
  const { attnBias, p = 0, scale, op, seed = 0, meter = new AllocationMeter() } = options;
  validateInputs({ query, key, value, attnBias, p });
  const rank = query.shape.length;
  const [q, k, v] = rank === 3 ? [query, key, value].map((operand) => unsqueeze(operand, 2)) : [query, key, value];
  const bias = describeBias(attnBias);
  const inputs = { query: q!, key: k!, value: v!, bias, p, scale: scale ?? undefined };
  const choice = chooseOp(inputs, query.device, op ?? 'auto');

  const outputShape = [...query.shape.slice(0, -1), value.shape.at(-1)!];
  const output = zeros(outputShape, { dtype: options.outputDtype ?? query.dtype, device: query.device });
  const problem: AttentionProblem = {
    ...problemSize(inputs),
    query: slabRows(q!),
    key: slabRows(k!),
    value: slabRows(v!),
    output: slabRows(rank === 3 ? unsqueeze(output, 2) : output),
    scale: scale ?? q!.shape.at(-1)! ** -0.5,
    bias: scoreBias(attnBias, q!.shape[1]!, k!.shape[1]!, rank),
    dropout: p > 0 ? { p, seed } : undefined,
  };
  choice.op.apply(problem, meter);
  return output;
}

/** Slabs of [B, M, …heads, K]: batch rows outermost, then each head dimension. */
function slabRows(operand: StridedTensor): SlabRows {
  const heads = operand.shape.slice(2, -1).map((_, index) => index + 2);
  return { source: operand, starts: cornersOf(operand, [0, ...heads]), rowStride: operand.strides[1]! };
}

function scoreBias(
  attnBias: MemoryEfficientAttentionOptions['attnBias'],
  queries: number,
  keys: number,
  rank: number,
): ScoreBias | undefined {
  if (!attnBias) return undefined;
  if (isTensor(attnBias)) return tensorBias(rank === 3 ? unsqueeze(attnBias, 1) : attnBias);
  const stored = attnBias instanceof LowerTriangularMaskWithTensorBias ? tensorBias(attnBias.bias) : undefined;
  return sumOfBiases([stored, attnBias.rule(queries, keys)]);
}
