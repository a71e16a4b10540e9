import type { ActivationKind } from '../../kernels/activation/attributes.ts';
import { ConfigReader } from '../config.ts';
import { clipActivation } from '../layers/clip-layer.ts';

/** CLIPTextModel and CLIPTextModelWithProjection. */
export interface ClipTextConfig {
  readonly width: number;
  readonly mlpWidth: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: ActivationKind;
  readonly vocabularySize: number;
  readonly positions: number;
  readonly normEpsilon: number;
  readonly eosTokenId: number;
  /** Width of `text_embeds`; only models with a projection have it. */
  readonly projectionWidth?: number;
}

/** Reads a transformers CLIP text `config.json`. Throws ConfigError naming the key when it cannot be used. */
export function clipTextConfig(json: unknown): ClipTextConfig {
  const config = new ConfigReader(json, 'Text encoder configuration');
  const architecture = config.strings('architectures', ['CLIPTextModel'])[0];
  return {
    width: config.number('hidden_size', 512),
    mlpWidth: config.number('intermediate_size', 2048),
    layers: config.number('num_hidden_layers', 12),
    heads: config.number('num_attention_heads', 8),
    activation: clipActivation(config),
    vocabularySize: config.number('vocab_size', 49408),
    positions: config.number('max_position_embeddings', 77),
    normEpsilon: config.number('layer_norm_eps', 1e-5),
    eosTokenId: config.number('eos_token_id', 49407),
    ...(architecture === 'CLIPTextModelWithProjection' && { projectionWidth: config.number('projection_dim', 512) }),
  };
}
