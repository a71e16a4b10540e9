import { elementCount } from '../../tensor.ts';
import type { FloatType } from '../strided/tensor.ts';
import { torchName, tuple } from '../strided/tensor.ts';

/** Shape, strides and type of an operand, without its numbers: what an op needs to say whether it can serve. */
export interface OperandFacts {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: FloatType;
}

/** What a bias asks of an op. `lowRank` is added through extra key channels and costs no score-sized tensor. */
export type BiasForm = 'none' | 'dense' | 'causal' | 'causalFromBottomRight' | 'causalWithDense' | 'blockDiagonal' | 'lowRank';

export interface BiasFacts {
  readonly form: BiasForm;
  /** As Python prints the type of the bias. */
  readonly typeName: string;
  /** Of a bias that is or holds a tensor. */
  readonly tensor?: OperandFacts;
  /** Extra channels of a bias of low rank. */
  readonly rank?: number;
}

export const noBias: BiasFacts = { form: 'none', typeName: "<class 'NoneType'>" };

/** Operands are [B, M, H, K], or [B, M, G, H, K] for grouped queries. */
export interface OpInputs {
  readonly query: OperandFacts;
  readonly key: OperandFacts;
  readonly value: OperandFacts;
  readonly bias: BiasFacts;
  /** Dropout probability. */
  readonly p: number;
  /** Set only where the caller gave one. */
  readonly scale?: number | undefined;
}

export interface ProblemSize {
  /** Batch rows times heads. */
  readonly slabs: number;
  readonly queries: number;
  readonly keys: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
}

export function problemSize({ query, key, value }: OpInputs): ProblemSize {
  const { shape } = query;
  return {
    slabs: shape[0]! * elementCount(shape.slice(2, -1)),
    queries: shape[1]!,
    keys: key.shape[1]!,
    keyWidth: shape.at(-1)!,
    valueWidth: value.shape.at(-1)!,
  };
}

/** The inputs as xformers lists them in its errors. */
export function describeInputs({ query, key, value, bias, p }: OpInputs): string {
  const operand = ({ shape, dtype }: OperandFacts) => `shape=${tuple(shape)} (${torchName(dtype)})`;
  return [
    `     query       : ${operand(query)}`,
    `     key         : ${operand(key)}`,
    `     value       : ${operand(value)}`,
    `     attn_bias   : ${bias.typeName}`,
    `     p           : ${Number.isInteger(p) ? p.toFixed(1) : p}`,
  ].join('\n');
}
