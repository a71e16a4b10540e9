import { add } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { reshape } from '../../kernels/reshape/op.ts';
import { slice } from '../../kernels/slice/op.ts';
import { clipLayer } from '../layers/clip-layer.ts';
import { visionTokens, type ClipVisionConfig } from './config.ts';

/**
 * What an image encoder can give: `embeds` [1, P], the projected first token; `penultimate` [1, S, C], the output of the last layer but
 * one; `last` [1, S, C], the output of the last layer before the final norm.
 */
export type ClipVisionOutput = 'embeds' | 'penultimate' | 'last';

/**
 * CLIP's vision transformer (transformers CLIPVisionModelWithProjection) for one picture.
 * Input: pixel_values [1, 3, H, W], normalised. Outputs: those asked for.
 */
export function buildClipVision(config: ClipVisionConfig, outputs: readonly ClipVisionOutput[]): Graph {
  const graph = new GraphBuilder();
  const vision = new Scope(graph, 'vision_model');
  const side = config.imageSize;
  const picture = graph.input('pixel_values', image(1, 3, side, side));
  const hidden = [layerNorm(vision.at('pre_layrnorm'), embeddings(vision.at('embeddings'), picture, config), config.normEpsilon)];
  const options = { ...config, causal: false };
  for (let i = 0; i < config.layers; i++) hidden.push(clipLayer(vision.at('encoder', 'layers', i), hidden[i]!, options));

  const build: Readonly<Record<ClipVisionOutput, () => Value>> = {
    last: () => hidden.at(-1)!,
    penultimate: () => hidden.at(-2)!,
    embeds: () => {
      const first = slice(vision.at('pooled'), hidden.at(-1)!, 1, 0, 1);
      const normal = layerNorm(vision.at('post_layernorm'), first, config.normEpsilon);
      const flat = reshape(vision.at('pooled'), normal, [1, config.width], 'plain');
      return linear(new Scope(graph, 'visual_projection'), flat, config.projectionWidth, { bias: false });
    },
  };
  return graph.build(Object.fromEntries(outputs.map((output) => [output, build[output]()])));
}

/** The class token and one token a patch, each with its position [1, S, C]. */
function embeddings(scope: Scope, picture: Value, config: ClipVisionConfig): Value {
  const { width, patchSize } = config;
  const patch = { outChannels: width, kernel: patchSize, stride: patchSize, padding: 0, bias: false };
  const patches = toTokens(scope, conv2d(scope.at('patch_embedding'), picture, patch));
  const whole = reshape(scope.at('class'), scope.weight('class_embedding', [width]), [1, 1, width], 'tokens');
  const count = visionTokens(config);
  const positions = scope.at('position_embedding').weight('weight', [count, width]);
  const rows = reshape(scope.at('positions'), positions, [1, count, width], 'tokens');
  return add(scope, concat(scope, [whole, patches], 1), rows);
}
