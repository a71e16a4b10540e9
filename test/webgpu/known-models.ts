import { unetConfig, type UnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/unet.ts';
import type { Graph } from '../../kernels/graph/graph.ts';

export const sd15: UnetConfig = unetConfig({
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  cross_attention_dim: 768,
  attention_head_dim: 8,
});

export const sdxl: UnetConfig = unetConfig({
  block_out_channels: [320, 640, 1280],
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
  cross_attention_dim: 2048,
  attention_head_dim: [5, 10, 20],
  transformer_layers_per_block: [1, 2, 10],
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  projection_class_embeddings_input_dim: 2816,
});

/** One denoising step with guidance, two samples, at `size` pixels a side. */
export function stepGraph(config: UnetConfig, size: number): Graph {
  return buildUnet(config, { batch: 2, latentHeight: size / 8, latentWidth: size / 8, textLength: 77 });
}
