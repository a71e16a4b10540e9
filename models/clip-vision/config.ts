import type { ActivationKind } from '../../kernels/activation/attributes.ts';
import { ConfigReader } from '../config.ts';
import { clipActivation } from '../layers/clip-layer.ts';

/** CLIPVisionModelWithProjection. */
export interface ClipVisionConfig {
  readonly width: number;
  readonly mlpWidth: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: ActivationKind;
  /** Side of the picture in pixels, and of one patch. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly normEpsilon: number;
  /** Width of `image_embeds`. */
  readonly projectionWidth: number;
}

/** Reads a transformers CLIP vision `config.json`. Throws ConfigError naming the key when it cannot be used. */
export function clipVisionConfig(json: unknown): ClipVisionConfig {
  const config = new ConfigReader(json, 'Image encoder configuration');
  return {
    width: config.number('hidden_size', 768),
    mlpWidth: config.number('intermediate_size', 3072),
    layers: config.number('num_hidden_layers', 12),
    heads: config.number('num_attention_heads', 12),
    activation: clipActivation(config),
    imageSize: config.number('image_size', 224),
    patchSize: config.number('patch_size', 32),
    normEpsilon: config.number('layer_norm_eps', 1e-5),
    projectionWidth: config.number('projection_dim', 512),
  };
}

/** Tokens of a picture: one for all of it, and one a patch. */
export function visionTokens({ imageSize, patchSize }: ClipVisionConfig): number {
  return Math.floor(imageSize / patchSize) ** 2 + 1;
}
