import { GraphError, tokens, type Value, type ValueType } from '../graph/graph.ts';
import type { Scope } from '../graph/builder.ts';
import { defineOperation } from '../operation.ts';
import { attentionInputs, type AttentionAttributes } from './attributes.ts';
import { attentionOnnx } from './onnx.ts';
import { attentionReference } from './reference.ts';
import { attentionWgsl } from './wgsl.ts';

/**
 * softmax(scale q k^T + u e^T) v for each head, with the score matrix never part of the graph.
 *
 * Inputs: query [B, S, H*K], key [B, T, H*K], value [B, T, H*V]; with a bias its factors u [1|B, S, R] (perHead [1|B, S, H*R])
 * and e [1|B, T, R]; with a read-out the groups [1|B, T, G]; of an optional one a switch [1, 1, 1] last. Where the switch is 0 the output
 * is only ever multiplied by 0: the reference and ONNX compute nothing then and give 0.
 * Outputs: [B, S, H*V] and, with a read-out, the mean over heads of the attention mass each group won, [B, S, G].
 */
export const attentionOperation = defineOperation<AttentionAttributes>({
  name: 'attention',
  infer: inferAttention,
  reference: attentionReference,
  onnx: attentionOnnx,
  wgsl: attentionWgsl,
});

export interface AttentionOptions {
  readonly heads: number;
  readonly scale?: number;
  readonly causal?: boolean;
  readonly bias?: { readonly query: Value; readonly key: Value; readonly perHead?: boolean };
  readonly readout?: Value;
  /** A switch [1, 1, 1]; where it is 0 nothing need be computed. */
  readonly acts?: Value;
  readonly base?: string;
  readonly chunk?: number;
}

export interface AttentionResult {
  readonly out: Value;
  /** Present with a read-out. */
  readonly mass?: Value;
}

/** Appends one attention node; `scale` is headSize^-0.5 unless stated. */
export function attention(scope: Scope, query: Value, key: Value, value: Value, options: AttentionOptions): AttentionResult {
  const { heads, bias, readout, acts } = options;
  const inputs = [query, key, value, ...(bias ? [bias.query, bias.key] : []), ...(readout ? [readout] : []), ...(acts ? [acts] : [])];
  const [out, mass] = scope.graph.add(attentionOperation, scope.path, inputs, {
    heads,
    scale: options.scale ?? (query.shape[2]! / heads) ** -0.5,
    causal: options.causal ?? false,
    bias: bias ? (bias.perHead ? 'perHead' : 'shared') : 'none',
    readout: readout !== undefined,
    base: options.base ?? 'auto',
    chunk: options.chunk ?? 0,
    ...(acts && { optional: true }),
  });
  return mass ? { out: out!, mass } : { out: out! };
}

function inferAttention(inputs: readonly ValueType[], attributes: AttentionAttributes): ValueType[] {
  const { heads } = attributes;
  const { query, key, value, bias, groups, acts } = attentionInputs(inputs, attributes);
  if (acts && groups) throw new GraphError('expected an optional attention without a read-out');
  if (acts) expectShape('switch', acts, [1, 1, 1]);
  const [b, s, width] = query.shape as [number, number, number];
  const t = key.shape[1]!;
  expectShape('key', key, [b, t, width]);
  expectShape('value', value, [b, t, value.shape[2]!]);
  for (const [role, size] of [
    ['query', width],
    ['value', value.shape[2]!],
  ] as const) {
    if (size % heads !== 0) throw new GraphError(`expected ${role} features divisible by ${heads} heads, got ${size}`);
  }
  if (bias) {
    const rank = bias.key.shape[2]!;
    expectShape('bias of the keys', bias.key, [bias.key.shape[0] === 1 ? 1 : b, t, rank]);
    expectShape('bias of the queries', bias.query, [
      bias.query.shape[0] === 1 ? 1 : b,
      s,
      attributes.bias === 'perHead' ? heads * rank : rank,
    ]);
  }
  if (groups) expectShape('key groups', groups, [groups.shape[0] === 1 ? 1 : b, t, groups.shape[2]!]);
  const out = tokens(b, s, value.shape[2]!);
  return groups ? [out, tokens(b, s, groups.shape[2]!)] : [out];
}

function expectShape(role: string, value: ValueType, shape: readonly number[]): void {
  if (value.shape.join() !== shape.join()) throw new GraphError(`expected ${role} [${shape.join(', ')}], got [${value.shape.join(', ')}]`);
}
