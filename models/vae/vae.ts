import { silu } from '../../kernels/activation/op.ts';
import { attention } from '../../kernels/attention-op/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, type Graph, type Value } from '../../kernels/graph/graph.ts';
import type { GroupNormAttributes } from '../../kernels/group-norm/attributes.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { fromTokens, toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { upsample } from '../../kernels/upsample/op.ts';
import { resnetBlock } from '../layers/resnet.ts';
import type { VaeConfig } from './config.ts';

/** Input `image` [N, 3, H, W] in [-1, 1]; output `moments` [N, 2L, h, w]: mean, then log variance, before the scaling factor. */
export function buildVaeEncoder(config: VaeConfig, batch: number, height: number, width: number): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph, 'encoder');
  const norm = vaeNorm(config);
  const channels = config.blockOutChannels;
  let hidden = conv2d(scope.at('conv_in'), graph.input('image', image(batch, config.inChannels, height, width)), {
    outChannels: channels[0]!,
  });
  channels.forEach((outChannels, i) => {
    const block = scope.at('down_blocks', i);
    for (let layer = 0; layer < config.layersPerBlock; layer++) hidden = resnetBlock(block.at('resnets', layer), hidden, outChannels, norm);
    if (i < channels.length - 1) {
      hidden = conv2d(block.at('downsamplers', 0, 'conv'), hidden, { outChannels, stride: 2, padding: [0, 0, 1, 1] });
    }
  });
  hidden = middle(scope.at('mid_block'), hidden, config);
  hidden = silu(scope.at('conv_norm_out'), groupNorm(scope.at('conv_norm_out'), hidden, norm));
  const moments = conv2d(scope.at('conv_out'), hidden, { outChannels: config.latentChannels * 2 });
  const quant = new Scope(graph, 'quant_conv');
  return graph.build({
    moments: config.quantConv ? conv2d(quant, moments, { outChannels: config.latentChannels * 2, kernel: 1 }) : moments,
  });
}

/** Input `latents` [N, L, h, w] after division by the scaling factor; output `image` [N, 3, H, W], about [-1, 1]. */
export function buildVaeDecoder(config: VaeConfig, batch: number, latentHeight: number, latentWidth: number): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph, 'decoder');
  const norm = vaeNorm(config);
  const channels = config.blockOutChannels.toReversed();
  const latents = graph.input('latents', image(batch, config.latentChannels, latentHeight, latentWidth));
  const post = new Scope(graph, 'post_quant_conv');
  let hidden = config.postQuantConv ? conv2d(post, latents, { outChannels: config.latentChannels, kernel: 1 }) : latents;
  hidden = conv2d(scope.at('conv_in'), hidden, { outChannels: channels[0]! });
  hidden = middle(scope.at('mid_block'), hidden, config);
  channels.forEach((outChannels, i) => {
    const block = scope.at('up_blocks', i);
    for (let layer = 0; layer < config.layersPerBlock + 1; layer++)
      hidden = resnetBlock(block.at('resnets', layer), hidden, outChannels, norm);
    if (i < channels.length - 1) {
      hidden = conv2d(block.at('upsamplers', 0, 'conv'), upsample(block.at('upsamplers', 0), hidden), { outChannels });
    }
  });
  hidden = silu(scope.at('conv_norm_out'), groupNorm(scope.at('conv_norm_out'), hidden, norm));
  return graph.build({ image: conv2d(scope.at('conv_out'), hidden, { outChannels: config.outChannels }) });
}

function middle(scope: Scope, x: Value, config: VaeConfig): Value {
  const channels = config.blockOutChannels.at(-1)!;
  let hidden = resnetBlock(scope.at('resnets', 0), x, channels, vaeNorm(config));
  if (config.midAttention) hidden = pixelAttention(scope.at('attentions', 0), hidden, config);
  return resnetBlock(scope.at('resnets', 1), hidden, channels, vaeNorm(config));
}

/** One head over all pixels, with biases on every projection and a residual around the norm. */
function pixelAttention(scope: Scope, x: Value, config: VaeConfig): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const normal = toTokens(scope, groupNorm(scope.at('group_norm'), x, vaeNorm(config)));
  const [query, key, value] = ['to_q', 'to_k', 'to_v'].map((name) => linear(scope.at(name), normal, channels)) as [Value, Value, Value];
  const { out } = attention(scope, query, key, value, { heads: 1 });
  return add(scope, fromTokens(scope, linear(scope.at('to_out', 0), out, channels), height, width), x);
}

function vaeNorm(config: VaeConfig): GroupNormAttributes {
  return { groups: config.normGroups, epsilon: 1e-6 };
}
