import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { geglu } from '../../kernels/geglu/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import type { Value } from '../../kernels/graph/graph.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { fromTokens, toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { buildAttention } from '../../kernels/attention/stack/build.ts';
import type { AttentionSite } from '../../kernels/attention/stack/layers.ts';
import type { StackSession } from '../../kernels/attention/stack/session.ts';

export interface TransformerOptions {
  readonly heads: number;
  readonly depth: number;
  readonly normGroups: number;
  /** Whether proj_in and proj_out are linear layers on tokens (SD2, SDXL) or 1x1 convolutions (SD1). */
  readonly linearProjection: boolean;
  readonly attention: StackSession;
}

/** Spatial transformer (diffusers Transformer2DModel): norm, projection, blocks over the pixels as tokens, projection, residual. */
export function spatialTransformer(scope: Scope, x: Value, context: Value, options: TransformerOptions): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const grid = { height, width };
  const normal = groupNorm(scope.at('norm'), x, { groups: options.normGroups, epsilon: 1e-6 });
  let h = options.linearProjection
    ? linear(scope.at('proj_in'), toTokens(scope, normal), channels)
    : toTokens(scope, conv2d(scope.at('proj_in'), normal, { outChannels: channels, kernel: 1 }));
  for (let i = 0; i < options.depth; i++) h = transformerBlock(scope.at('transformer_blocks', i), h, context, grid, options);
  const projected = options.linearProjection
    ? fromTokens(scope, linear(scope.at('proj_out'), h, channels), height, width)
    : conv2d(scope.at('proj_out'), fromTokens(scope, h, height, width), { outChannels: channels, kernel: 1 });
  return add(scope, projected, x);
}

/** Self-attention, cross-attention and a gated feed-forward layer, each on a layer norm and with a residual (BasicTransformerBlock). */
function transformerBlock(
  scope: Scope,
  x: Value,
  context: Value,
  grid: AttentionSite['grid'],
  { heads, attention }: TransformerOptions,
): Value {
  const site = (name: string, kind: AttentionSite['kind']) => ({ name: scope.at(name).path, kind, heads, grid });
  const self = layerNorm(scope.at('norm1'), x);
  let h = add(scope.at('attn1'), buildAttention(attention, scope.at('attn1'), site('attn1', 'self'), self, self), x);
  const cross = layerNorm(scope.at('norm2'), h);
  h = add(scope.at('attn2'), buildAttention(attention, scope.at('attn2'), site('attn2', 'cross'), cross, context), h);
  const forward = scope.at('ff', 'net');
  const width = x.shape[2]!;
  const gated = geglu(forward.at(0), linear(forward.at(0, 'proj'), layerNorm(scope.at('norm3'), h), width * 8));
  return add(scope.at('ff'), linear(forward.at(2), gated, width), h);
}
