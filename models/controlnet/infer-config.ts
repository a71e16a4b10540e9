import { countIndices, indicesBelow } from '../checkpoint/indices.ts';
import type { JsonObject, WeightMap } from '../checkpoint/types.ts';

/**
 * A diffusers config.json for a ControlNet file that comes without one: what shapes tell (widths, depths, the picture's network), and
 * the UNet's for what they do not (heads, norm groups). A ControlNet is made for one family, so the UNet's hold.
 */
export function inferControlNetConfig(weights: WeightMap, unet: JsonObject): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(`${name}.weight`)?.shape ?? [];
  const blocks = countIndices((n) => weights.has(`down_blocks.${n}.resnets.0.conv1.weight`));
  const layers = countIndices((n) => weights.has(`down_blocks.0.resnets.${n}.conv1.weight`));
  const depth = (attention: string) => countIndices((n) => weights.has(`${attention}.transformer_blocks.${n}.norm1.weight`));
  const depths = indicesBelow(blocks).map((n) => depth(`down_blocks.${n}.attentions.0`));
  const middle = depth('mid_block.attentions.0');
  const embedding = 'controlnet_cond_embedding';
  const halvings = countIndices((n) => weights.has(`${embedding}.blocks.${2 * n + 1}.weight`));
  return {
    ...unet,
    _class_name: 'ControlNetModel',
    in_channels: shape('conv_in')[1] ?? 4,
    block_out_channels: indicesBelow(blocks).map((n) => shape(`down_blocks.${n}.resnets.0.conv1`)[0] ?? 0),
    down_block_types: depths.map((transformers) => (transformers > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    mid_block_type: middle > 0 ? 'UNetMidBlock2DCrossAttn' : 'UNetMidBlock2D',
    layers_per_block: layers,
    transformer_layers_per_block: depths.map((transformers, n) => transformers || (n === blocks - 1 ? middle : 0) || 1),
    time_cond_proj_dim: null,
    conditioning_channels: shape(`${embedding}.conv_in`)[1] ?? 3,
    conditioning_embedding_out_channels: [
      shape(`${embedding}.conv_in`)[0] ?? 0,
      ...indicesBelow(halvings).map((n) => shape(`${embedding}.blocks.${2 * n + 1}`)[0] ?? 0),
    ],
  };
}
