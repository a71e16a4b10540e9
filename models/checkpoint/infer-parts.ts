import { countIndices, indicesBelow } from './indices.ts';
import { refusal } from './refusal.ts';
import type { JsonObject, ModelFamily, WeightMap } from './types.ts';

/** Factor between the VAE's latents and the UNet's, a property of the training that no file tells. */
export const vaeScaleByFamily: Record<ModelFamily, number> = { sd1: 0.18215, sd2: 0.18215, sdxl: 0.13025, 'sdxl-refiner': 0.13025 };

/** A diffusers config.json for a VAE of which only the weights (diffusers names) are known. Throws AppError `unknownConfig`. */
export function inferVaeConfig(weights: WeightMap, family: ModelFamily, path: string): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(name)?.shape ?? [];
  const blocks = countIndices((n) => weights.has(`encoder.down_blocks.${n}.resnets.0.conv1.weight`));
  const widths = indicesBelow(blocks).map((n) => shape(`encoder.down_blocks.${n}.resnets.0.conv1.weight`)[0] ?? 0);
  const layers = countIndices((n) => weights.has(`encoder.down_blocks.0.resnets.${n}.conv1.weight`));
  if (widths.length === 0 || widths.some((width) => width === 0 || width % 32 !== 0)) {
    const sentence = `The VAE has channels ${widths.join(', ') || 'none'}; multiples of 32 were expected. Put its diffusers folder beside the file under the same name.`;
    throw refusal('unknownConfig', path, sentence, { expected: 'multiples of 32', got: widths.join(', ') });
  }
  return {
    _class_name: 'AutoencoderKL',
    act_fn: 'silu',
    in_channels: shape('encoder.conv_in.weight')[1],
    out_channels: shape('decoder.conv_out.weight')[0],
    latent_channels: shape('decoder.conv_in.weight')[1],
    block_out_channels: widths,
    down_block_types: widths.map(() => 'DownEncoderBlock2D'),
    up_block_types: widths.map(() => 'UpDecoderBlock2D'),
    layers_per_block: layers,
    norm_num_groups: 32,
    mid_block_add_attention: weights.has('decoder.mid_block.attentions.0.to_q.weight'),
    use_quant_conv: weights.has('quant_conv.weight'),
    use_post_quant_conv: weights.has('post_quant_conv.weight'),
    scaling_factor: vaeScaleByFamily[family],
    shift_factor: null,
    force_upcast: family === 'sdxl' || family === 'sdxl-refiner',
    sample_size: family === 'sd1' ? 512 : family === 'sd2' ? 768 : 1024,
  };
}

/**
 * A transformers config.json for a CLIP text encoder of which only the weights are known. Heads are 64 wide in every published
 * CLIP; OpenAI's uses quick_gelu, OpenCLIP's gelu. Throws AppError `unknownConfig`.
 */
export function inferClipTextConfig(weights: WeightMap, naming: 'hf' | 'openclip', path: string): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(name)?.shape ?? [];
  const [vocabulary, width = 0] = shape('text_model.embeddings.token_embedding.weight');
  const layers = countIndices((n) => weights.has(`text_model.encoder.layers.${n}.layer_norm1.weight`));
  if (width === 0 || width % 64 !== 0 || layers === 0) {
    const sentence = `The text encoder is ${width} wide with ${layers} layers; a multiple of 64 was expected. Put its diffusers folder beside the file under the same name.`;
    throw refusal('unknownConfig', path, sentence, { expected: 'a multiple of 64', got: width });
  }
  const projection = shape('text_projection.weight')[0];
  return {
    architectures: [projection === undefined ? 'CLIPTextModel' : 'CLIPTextModelWithProjection'],
    model_type: 'clip_text_model',
    vocab_size: vocabulary,
    hidden_size: width,
    intermediate_size: shape('text_model.encoder.layers.0.mlp.fc1.weight')[0],
    num_hidden_layers: layers,
    num_attention_heads: width / 64,
    max_position_embeddings: shape('text_model.embeddings.position_embedding.weight')[0],
    hidden_act: naming === 'hf' ? 'quick_gelu' : 'gelu',
    layer_norm_eps: 1e-5,
    // 2, not the real id: old configs have it, and it selects the pooling rule "highest token id" (transformers modeling_clip.py).
    bos_token_id: 0,
    eos_token_id: 2,
    projection_dim: projection ?? width,
  };
}
