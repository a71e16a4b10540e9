import { countIndices, indicesBelow } from './indices.ts';
import { refusal } from './refusal.ts';
import type { JsonObject, ModelFamily, WeightMap } from './types.ts';

/** What other parts of the file tell about the UNet's config. */
export interface UnetHints {
  readonly path: string;
  readonly family: ModelFamily;
  /** Width of the pooled text, where the text encoder is known. */
  readonly pooledWidth?: number;
}

const sampleSizes: Record<ModelFamily, number> = { sd1: 64, sd2: 96, sdxl: 128, 'sdxl-refiner': 128 };

/**
 * A diffusers config.json for a UNet of which only the weights (with diffusers names) are known: widths, depths and projections
 * from shapes; the number of heads by the family's rule (SD1: 8; others: heads of 64), as shapes do not tell it.
 * Throws AppError `unknownConfig` where the rule cannot hold.
 */
export function inferUnetConfig(weights: WeightMap, hints: UnetHints): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(name)?.shape ?? [];
  const blocks = countIndices((n) => weights.has(`down_blocks.${n}.resnets.0.conv1.weight`));
  const layers = countIndices((n) => weights.has(`down_blocks.0.resnets.${n}.conv1.weight`));
  const widths = indicesBelow(blocks).map((n) => shape(`down_blocks.${n}.resnets.0.conv1.weight`)[0] ?? 0);
  requireUsualWidths(widths, hints);
  const depth = (attention: string): number => countIndices((n) => weights.has(`${attention}.transformer_blocks.${n}.norm1.weight`));
  const down = indicesBelow(blocks).map((n) => indicesBelow(layers).map((layer) => depth(`down_blocks.${n}.attentions.${layer}`)));
  const up = indicesBelow(blocks).map((n) => indicesBelow(layers + 1).map((layer) => depth(`up_blocks.${n}.attentions.${layer}`)));
  const attention = [...weights.keys()].find((name) => name.endsWith('.attn2.to_k.weight'));
  const projection = [...weights.keys()].find((name) => name.endsWith('.proj_in.weight'));
  return {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    in_channels: shape('conv_in.weight')[1],
    out_channels: shape('conv_out.weight')[0],
    block_out_channels: widths,
    layers_per_block: layers,
    down_block_types: down.map((depths) => (hasAny(depths) ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: up.map((depths) => (hasAny(depths) ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    mid_block_type: weights.has('mid_block.attentions.0.norm.weight') ? 'UNetMidBlock2DCrossAttn' : 'UNetMidBlock2D',
    ...depths(down, up, depth('mid_block.attentions.0')),
    attention_head_dim: hints.family === 'sd1' ? 8 : widths.map((width) => width / 64),
    cross_attention_dim: attention === undefined ? undefined : shape(attention)[1],
    use_linear_projection: projection !== undefined && shape(projection).length === 2,
    upcast_attention: hints.family === 'sd2',
    ...additionEmbedding(shape('add_embedding.linear_1.weight')[1], hints),
    time_cond_proj_dim: shape('time_embedding.cond_proj.weight')[1] ?? null,
    norm_num_groups: 32,
    norm_eps: 1e-5,
    flip_sin_to_cos: true,
    freq_shift: 0,
    center_input_sample: false,
    sample_size: sampleSizes[hints.family],
  };
}

function requireUsualWidths(widths: readonly number[], hints: UnetHints): void {
  const unit = hints.family === 'sd1' ? 32 : 64;
  if (widths.length > 0 && widths.every((width) => width > 0 && width % unit === 0)) return;
  const sentence =
    `The UNet has channels ${widths.join(', ') || 'none'}, and a single file does not tell its number of attention heads and norm groups. ` +
    'Put its diffusers folder (with model_index.json and config.json files) beside the file under the same name.';
  throw refusal('unknownConfig', hints.path, sentence, { expected: `multiples of ${unit}`, got: widths.join(', ') });
}

/** `transformer_layers_per_block`: one number, one a block, or one a layer; the up side only where it is not the mirror. */
function depths(down: number[][], up: number[][], middle: number): JsonObject {
  const blockDepths = down.map((layers) => (layers.every((depth) => depth === layers[0]) ? layers[0] || 1 : layers));
  const mirrored = down.toReversed().map((layers) => [...layers.toReversed(), layers[0] ?? 1]);
  const isMirror = up.every((layers, block) =>
    layers.every((depth, layer) => depth === (mirrored[block]?.[layer] ?? 1) || !hasAny(layers)),
  );
  const last = blockDepths.length - 1;
  // A last block without attention gives its depth to the middle block (SDXL-like trees end with attention, SD1-like ones do not).
  if (!hasAny(down.at(-1) ?? []) && middle > 0) blockDepths[last] = middle;
  const isUniform = blockDepths.every((depth) => depth === blockDepths[0]);
  return {
    transformer_layers_per_block: isUniform ? blockDepths[0] : blockDepths,
    reverse_transformer_layers_per_block: isMirror ? null : up.map((layers) => (hasAny(layers) ? layers : 1)),
  };
}

function additionEmbedding(width: number | undefined, hints: UnetHints): JsonObject {
  if (width === undefined) return { addition_embed_type: null, addition_time_embed_dim: null, projection_class_embeddings_input_dim: null };
  const ids = hints.family === 'sdxl-refiner' ? 5 : 6;
  const perId = (width - (hints.pooledWidth ?? 1280)) / ids;
  if (!Number.isInteger(perId) || perId <= 0 || perId % 2 !== 0) {
    const sentence = `The size embedding takes ${width} values, which is not a pooled text of ${hints.pooledWidth ?? 1280} and ${ids} sizes.`;
    throw refusal('unknownConfig', hints.path, sentence, { expected: 1280 + ids * 256, got: width });
  }
  return { addition_embed_type: 'text_time', addition_time_embed_dim: perId, projection_class_embeddings_input_dim: width };
}

const hasAny = (depths: readonly number[]): boolean => depths.some((depth) => depth > 0);
