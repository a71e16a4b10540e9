import { silu } from '../../kernels/activation/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { isStepInvariant } from '../../kernels/attention/stack/plan.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { createStack, type AttentionStack } from '../../kernels/attention/stack/stack.ts';
import { downBlock, midBlock, upBlock, type BlockContext } from './blocks.ts';
import type { UnetConfig } from './config.ts';
import { timeEmbedding } from './time.ts';

export interface UnetRequest {
  readonly batch: number;
  readonly latentHeight: number;
  readonly latentWidth: number;
  /** Number of text tokens. */
  readonly textLength: number;
  /** Base op and layers of every attention; no layers unless stated. */
  readonly stack?: AttentionStack;
  /** Takes ControlNet residuals as inputs `control.0` … and `control.mid`, one for each skip. */
  readonly control?: boolean;
  /** Takes T2I-Adapter features as inputs `feature.0` …, one for each level. */
  readonly features?: boolean;
  /** Takes one feature more, `feature.mid`, after the middle block (T2I-Adapter XL). */
  readonly middleFeature?: boolean;
}

const fixedInputs: ReadonlySet<string> = new Set(['encoder_hidden_states', 'text_embeds', 'time_ids', 'timestep_cond']);

/** Whether an input stays the same for all steps of a job. */
export function isStepInvariantInput(name: string): boolean {
  return fixedInputs.has(name) || isStepInvariant(name);
}

/**
 * The denoising UNet (diffusers UNet2DConditionModel) as a graph.
 *
 * Inputs: sample [B, C, h, w], timestep [B], encoder_hidden_states [B, T, D]; SDXL also text_embeds [B, P] and time_ids [B, 6];
 * consistency models timestep_cond [B, G]; and those of the stack's layers (stackInputNames).
 * Outputs: out [B, C', h, w] and what the layers read out.
 */
export function buildUnet(config: UnetConfig, request: UnetRequest): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph);
  const session = new StackSession(request.stack ?? createStack());
  const { batch, latentHeight, latentWidth, textLength } = request;
  const sample = graph.input('sample', image(batch, config.inChannels, latentHeight, latentWidth));
  const context: BlockContext = {
    config,
    norm: { groups: config.normGroups, epsilon: config.normEpsilon },
    time: timeEmbedding(scope, config, batch),
    text: graph.input('encoder_hidden_states', tokens(batch, textLength, config.crossAttentionDim)),
    attention: session,
  };

  let hidden = conv2d(scope.at('conv_in'), sample, { outChannels: config.blockOutChannels[0]! });
  const skips = [hidden];
  for (let i = 0; i < config.blockOutChannels.length; i++) {
    const feature = request.features ? (h: Value) => addInput(scope, `feature.${i}`, h) : undefined;
    const level = downBlock(scope.at('down_blocks', i), i, hidden, context, feature);
    hidden = level.hidden;
    skips.push(...level.skips);
  }
  hidden = midBlock(scope.at('mid_block'), hidden, context);
  if (request.middleFeature) hidden = addInput(scope, 'feature.mid', hidden);
  if (request.control) hidden = addInput(scope, 'control.mid', hidden);
  const joined = request.control ? skips.map((skip, i) => addInput(scope, `control.${i}`, skip)) : skips;
  for (let i = 0; i < config.blockOutChannels.length; i++) hidden = upBlock(scope.at('up_blocks', i), i, hidden, joined, context);

  const normal = groupNorm(scope.at('conv_norm_out'), hidden, context.norm);
  const out = conv2d(scope.at('conv_out'), silu(scope.at('conv_norm_out'), normal), { outChannels: config.outChannels });
  return graph.build({ out, ...session.outputs() });
}

/** Adds a further graph input of the same shape. */
function addInput(scope: Scope, name: string, x: Value): Value {
  return add(scope.at(name), x, scope.graph.input(name, x));
}
