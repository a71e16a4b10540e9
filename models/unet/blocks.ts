import { concat } from '../../kernels/concat/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import type { Value } from '../../kernels/graph/graph.ts';
import type { GroupNormAttributes } from '../../kernels/group-norm/attributes.ts';
import { upsample } from '../../kernels/upsample/op.ts';
import type { StackSession } from '../../kernels/attention/stack/session.ts';
import { resnetBlock } from '../layers/resnet.ts';
import { spatialTransformer } from '../layers/transformer.ts';
import type { UnetConfig } from './config.ts';

/** What every block of one UNet call shares. */
export interface BlockContext {
  readonly config: UnetConfig;
  readonly norm: GroupNormAttributes;
  /** SiLU of the time embedding [B, D]. */
  readonly time: Value;
  /** Text tokens [B, T, D]. */
  readonly text: Value;
  readonly attention: StackSession;
}

export interface DownResult {
  readonly hidden: Value;
  /** What the up blocks will join, in the order it was made. */
  readonly skips: readonly Value[];
}

/** Level `i` of the encoder: residual blocks, each followed by a transformer in `cross` blocks, then a stride-2 convolution but at the last level. */
export function downBlock(scope: Scope, i: number, x: Value, context: BlockContext, feature?: (hidden: Value) => Value): DownResult {
  const { config } = context;
  const outChannels = config.blockOutChannels[i]!;
  const isLast = i === config.blockOutChannels.length - 1;
  const skips: Value[] = [];
  let hidden = x;
  for (let layer = 0; layer < config.layersPerBlock[i]!; layer++) {
    hidden = resnetBlock(scope.at('resnets', layer), hidden, outChannels, context.norm, context.time);
    if (config.downBlocks[i] === 'cross') hidden = transformerAt(scope.at('attentions', layer), hidden, i, context);
    const endsLevel = layer === config.layersPerBlock[i]! - 1;
    if (feature && endsLevel && config.downBlocks[i] === 'cross') hidden = feature(hidden);
    skips.push(hidden);
  }
  if (!isLast) {
    hidden = conv2d(scope.at('downsamplers', 0, 'conv'), hidden, { outChannels, stride: 2, padding: 1 });
    skips.push(hidden);
  }
  // diffusers adds in place here, so that the skip has the feature too.
  if (feature && config.downBlocks[i] !== 'cross') hidden = skips[skips.length - 1] = feature(hidden);
  return { hidden, skips };
}

/** The middle: residual block, transformer, residual block; a plain one is a single residual block (diffusers UNetMidBlock2D without layers). */
export function midBlock(scope: Scope, x: Value, context: BlockContext): Value {
  const { config, norm, time } = context;
  if (config.midBlock === 'none') return x;
  const channels = config.blockOutChannels.at(-1)!;
  let hidden = resnetBlock(scope.at('resnets', 0), x, channels, norm, time);
  if (config.midBlock === 'plain') return hidden;
  hidden = transformerAt(scope.at('attentions', 0), hidden, config.blockOutChannels.length - 1, context);
  return resnetBlock(scope.at('resnets', 1), hidden, channels, norm, time);
}

/** Step `i` of the decoder, the mirror of level n-1-i. Takes its skips from the end of `skips` and grows to the size of the next one left. */
export function upBlock(scope: Scope, i: number, x: Value, skips: Value[], context: BlockContext): Value {
  const { config } = context;
  const level = config.blockOutChannels.length - 1 - i;
  const outChannels = config.blockOutChannels[level]!;
  let hidden = x;
  for (let layer = 0; layer < config.layersPerBlock[level]! + 1; layer++) {
    const joined = concat(scope.at('resnets', layer), [hidden, skips.pop()!], 1);
    hidden = resnetBlock(scope.at('resnets', layer), joined, outChannels, context.norm, context.time);
    if (config.upBlocks[i] === 'cross') hidden = transformerAt(scope.at('attentions', layer), hidden, level, context);
  }
  const next = skips.at(-1);
  if (!next) return hidden;
  const grown = upsample(scope.at('upsamplers', 0), hidden, { height: next.shape[2]!, width: next.shape[3]! });
  return conv2d(scope.at('upsamplers', 0, 'conv'), grown, { outChannels });
}

function transformerAt(scope: Scope, x: Value, level: number, { config, text, attention }: BlockContext): Value {
  return spatialTransformer(scope, x, text, {
    heads: config.heads[level]!,
    depth: config.transformerDepth[level]!,
    normGroups: config.normGroups,
    linearProjection: config.linearProjection,
    attention,
  });
}
