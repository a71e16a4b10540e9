import type { JsonObject, WeightMap } from '../checkpoint/types.ts';

/**
 * A diffusers config.json for a ControlNet file that comes without one: what shapes tell (widths, depths, the picture's network), and
 * the UNet's for what they do not (heads, norm groups). A ControlNet is made for one family, so the UNet's hold.
 */
export function inferControlNetConfig(weights: WeightMap, unet: JsonObject): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(`${name}.weight`)?.shape ?? [];
  const blocks = count((n) => weights.has(`down_blocks.${n}.resnets.0.conv1.weight`));
  const layers = count((n) => weights.has(`down_blocks.0.resnets.${n}.conv1.weight`));
  const depth = (attention: string) => count((n) => weights.has(`${attention}.transformer_blocks.${n}.norm1.weight`));
  const depths = range(blocks).map((n) => depth(`down_blocks.${n}.attentions.0`));
  const middle = depth('mid_block.attentions.0');
  const embedding = 'controlnet_cond_embedding';
  const halvings = count((n) => weights.has(`${embedding}.blocks.${2 * n + 1}.weight`));
  return {
    ...unet,
    _class_name: 'ControlNetModel',
    in_channels: shape('conv_in')[1] ?? 4,
    block_out_channels: range(blocks).map((n) => shape(`down_blocks.${n}.resnets.0.conv1`)[0] ?? 0),
    down_block_types: depths.map((transformers) => (transformers > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    mid_block_type: middle > 0 ? 'UNetMidBlock2DCrossAttn' : 'UNetMidBlock2D',
    layers_per_block: layers,
    transformer_layers_per_block: depths.map((transformers, n) => transformers || (n === blocks - 1 ? middle : 0) || 1),
    time_cond_proj_dim: null,
    conditioning_channels: shape(`${embedding}.conv_in`)[1] ?? 3,
    conditioning_embedding_out_channels: [
      shape(`${embedding}.conv_in`)[0] ?? 0,
      ...range(halvings).map((n) => shape(`${embedding}.blocks.${2 * n + 1}`)[0] ?? 0),
    ],
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

function count(exists: (index: number) => boolean): number {
  let found = 0;
  while (found < 64 && exists(found)) found++;
  return found;
}
