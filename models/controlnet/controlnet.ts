import { silu } from '../../kernels/activation/op.ts';
import { StackSession } from '../../kernels/attention/stack/session.ts';
import { createStack, type AttentionStack } from '../../kernels/attention/stack/stack.ts';
import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { downBlock, midBlock, type BlockContext } from '../unet/blocks.ts';
import { timeEmbedding } from '../unet/time.ts';
import { isStepInvariantInput } from '../unet/unet.ts';
import { pictureFactor, type ControlNetConfig } from './config.ts';

export interface ControlNetRequest {
  readonly batch: number;
  readonly latentHeight: number;
  readonly latentWidth: number;
  readonly textLength: number;
  /** Prompts and their places, as the UNet's attention has them; no layers unless stated. */
  readonly stack?: AttentionStack;
}

/** Whether an input of the graph stays the same for all steps of a job. */
export function isControlInvariant(name: string): boolean {
  return name === 'control' || isStepInvariantInput(name);
}

/**
 * A ControlNet (Zhang et al. 2023; diffusers ControlNetModel) as a graph of the UNet's own blocks.
 *
 * Inputs: those of the UNet (sample, timestep, encoder_hidden_states, SDXL's text_embeds and time_ids, the stack's) and
 * control [1, 3, H, W], the picture in [0, 1].
 * Outputs: `down.0` …, one for each skip of the UNet, and `mid`, all before strength and mask.
 */
export function buildControlNet(config: ControlNetConfig, request: ControlNetRequest): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph);
  const { batch, latentHeight, latentWidth, textLength } = request;
  const { unet } = config;
  const sample = graph.input('sample', image(batch, unet.inChannels, latentHeight, latentWidth));
  const context: BlockContext = {
    config: unet,
    norm: { groups: unet.normGroups, epsilon: unet.normEpsilon },
    time: timeEmbedding(scope, unet, batch),
    text: graph.input('encoder_hidden_states', tokens(batch, textLength, unet.crossAttentionDim)),
    attention: new StackSession(request.stack ?? createStack()),
  };

  const first = conv2d(scope.at('conv_in'), sample, { outChannels: unet.blockOutChannels[0]! });
  let hidden = add(scope.at('control'), first, pictureEmbedding(scope.at('controlnet_cond_embedding'), config, request));
  const skips = [hidden];
  for (let i = 0; i < unet.blockOutChannels.length; i++) {
    const level = downBlock(scope.at('down_blocks', i), i, hidden, context);
    hidden = level.hidden;
    skips.push(...level.skips);
  }
  hidden = midBlock(scope.at('mid_block'), hidden, context);

  const project = (at: Scope, x: Value) => conv2d(at, x, { outChannels: x.shape[1]!, kernel: 1 });
  const down = skips.map((skip, i): [string, Value] => [`down.${i}`, project(scope.at('controlnet_down_blocks', i), skip)]);
  return graph.build({ ...Object.fromEntries(down), mid: project(scope.at('controlnet_mid_block'), hidden) });
}

/** The picture at the latents' size: convolutions with SiLU between, each second one of stride 2. */
function pictureEmbedding(scope: Scope, config: ControlNetConfig, { latentHeight, latentWidth }: ControlNetRequest): Value {
  const factor = pictureFactor(config);
  const type = image(1, config.conditioningChannels, latentHeight * factor, latentWidth * factor);
  const [start, ...widths] = config.embeddingChannels as [number, ...number[]];
  let hidden = conv2d(scope.at('conv_in'), scope.graph.input('control', type), { outChannels: start });
  hidden = silu(scope.at('conv_in'), hidden);
  let block = 0;
  const convolve = (outChannels: number, stride: number) => {
    const at = scope.at('blocks', block++);
    hidden = silu(at, conv2d(at, hidden, { outChannels, stride, padding: 1 }));
  };
  for (const width of widths) {
    convolve(hidden.shape[1]!, 1);
    convolve(width, 2);
  }
  return conv2d(scope.at('conv_out'), hidden, { outChannels: config.unet.blockOutChannels[0]! });
}
