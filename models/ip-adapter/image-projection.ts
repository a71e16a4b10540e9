import { activation } from '../../kernels/activation/op.ts';
import { attention } from '../../kernels/attention-op/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { plain, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { reshape } from '../../kernels/reshape/op.ts';
import type { BaseProjection, FullProjection, PlusProjection, ProjectionConfig } from './projection-config.ts';

/**
 * The image projection of an IP-Adapter (Ye et al. 2023) for one picture as a graph, with diffusers' names under `image_proj`.
 * @param count tokens of the encoder's output; only projections that read patches look at it
 * Input: picture [1, E], or [1, S, C] where patches are read. Output: tokens [1, N, D].
 */
export function buildImageProjection(config: ProjectionConfig, count: number): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph, 'image_proj');
  if (config.kind === 'base') return graph.build({ tokens: base(scope, graph.input('picture', plain(1, config.inWidth)), config) });
  const patches = graph.input('picture', tokens(1, count, config.inWidth));
  return graph.build({ tokens: config.kind === 'plus' ? resample(scope, patches, config) : full(scope, patches, config) });
}

/** diffusers ImageProjection */
function base(scope: Scope, picture: Value, config: BaseProjection): Value {
  const flat = linear(scope.at('image_embeds'), picture, config.tokens * config.outWidth);
  return layerNorm(scope.at('norm'), reshape(scope, flat, [1, config.tokens, config.outWidth], 'tokens'));
}

/** diffusers IPAdapterFullImageProjection */
function full(scope: Scope, patches: Value, config: FullProjection): Value {
  const net = scope.at('ff', 'net');
  const inner = activation(net, 'gelu', linear(net.at(0, 'proj'), patches, config.innerWidth));
  return layerNorm(scope.at('norm'), linear(net.at(2), inner, config.outWidth));
}

/** diffusers IPAdapterPlusImageProjection: the Perceiver resampler of Alayrac et al. 2022. */
function resample(scope: Scope, patches: Value, config: PlusProjection): Value {
  const { width } = config;
  const learnt = scope.weight('latents', [1, config.tokens, width]);
  let latents = reshape(scope.at('latents'), learnt, [1, config.tokens, width], 'tokens');
  const picture = linear(scope.at('proj_in'), patches, width);
  for (let i = 0; i < config.depth; i++) latents = resamplerLayer(scope.at('layers', i), latents, picture, config);
  return layerNorm(scope.at('norm_out'), linear(scope.at('proj_out'), latents, config.outWidth));
}

/** Queries look at the picture and at themselves; then a two-layer network; both with a residual. */
function resamplerLayer(scope: Scope, latents: Value, picture: Value, config: PlusProjection): Value {
  const { width, heads, headWidth, innerWidth } = config;
  const attn = scope.at('attn');
  const queries = layerNorm(scope.at('ln1'), latents);
  const seen = concat(attn, [layerNorm(scope.at('ln0'), picture), queries], 1);
  const project = (name: string, x: Value) => linear(attn.at(name), x, heads * headWidth, { bias: false });
  const { out } = attention(attn, project('to_q', queries), project('to_k', seen), project('to_v', seen), { heads });
  const h = add(attn, linear(attn.at('to_out', 0), out, width, { bias: false }), latents);
  const forward = scope.at('ff');
  const net = forward.at(1, 'net');
  const inner = activation(net, 'gelu', linear(net.at(0, 'proj'), layerNorm(forward.at(0), h), innerWidth, { bias: false }));
  return add(forward, linear(net.at(2), inner, width, { bias: false }), h);
}
