import { attention } from '../../kernels/attention-op/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import type { Value } from '../../kernels/graph/graph.ts';
import { linear } from '../../kernels/linear/op.ts';

/** Where in a model an attention stands: what the layers of an attention stack may depend on. */
export interface AttentionSite {
  /** Module path, such as `down_blocks.0.attentions.0.transformer_blocks.0.attn2`. */
  readonly name: string;
  readonly kind: 'self' | 'cross';
  readonly heads: number;
  /** The picture's tokens, row by row. */
  readonly grid: { readonly height: number; readonly width: number };
}

/**
 * Builds one attention of a transformer block: projections, heads, output projection.
 * @param hidden the queries' tokens [B, S, C]
 * @param context the keys' tokens [B, T, D]; `hidden` itself in self-attention
 */
export type Attend = (scope: Scope, site: AttentionSite, hidden: Value, context: Value) => Value;

/** Attention with no layers on it (diffusers AttnProcessor2_0). */
export const plainAttend: Attend = (scope, site, hidden, context) => {
  const width = hidden.shape[2]!;
  const query = linear(scope.at('to_q'), hidden, width, { bias: false });
  const key = linear(scope.at('to_k'), context, width, { bias: false });
  const value = linear(scope.at('to_v'), context, width, { bias: false });
  const { out } = attention(scope, query, key, value, { heads: site.heads });
  return linear(scope.at('to_out', 0), out, width);
};
