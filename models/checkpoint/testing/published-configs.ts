import type { JsonObject } from '../types.ts';

/** The published configurations of the families, as far as shapes depend on them. */
const cross = 'CrossAttnDownBlock2D';
const crossUp = 'CrossAttnUpBlock2D';

export const sd1Unet: JsonObject = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [320, 640, 1280, 1280],
  layers_per_block: 2,
  down_block_types: [cross, cross, cross, 'DownBlock2D'],
  up_block_types: ['UpBlock2D', crossUp, crossUp, crossUp],
  cross_attention_dim: 768,
  attention_head_dim: 8,
};

export const sd2Unet: JsonObject = {
  ...sd1Unet,
  cross_attention_dim: 1024,
  use_linear_projection: true,
  attention_head_dim: [5, 10, 20, 20],
};

export const sdxlUnet: JsonObject = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [320, 640, 1280],
  layers_per_block: 2,
  down_block_types: ['DownBlock2D', cross, cross],
  up_block_types: [crossUp, crossUp, 'UpBlock2D'],
  transformer_layers_per_block: [1, 2, 10],
  cross_attention_dim: 2048,
  attention_head_dim: [5, 10, 20],
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  projection_class_embeddings_input_dim: 2816,
};

export const refinerUnet: JsonObject = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [384, 768, 1536, 1536],
  layers_per_block: 2,
  down_block_types: ['DownBlock2D', cross, cross, 'DownBlock2D'],
  up_block_types: ['UpBlock2D', crossUp, crossUp, 'UpBlock2D'],
  transformer_layers_per_block: 4,
  cross_attention_dim: 1280,
  attention_head_dim: [6, 12, 24, 24],
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  projection_class_embeddings_input_dim: 2560,
};

export const vae: JsonObject = {
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [128, 256, 512, 512],
  layers_per_block: 2,
};

export const clipL: JsonObject = { hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, vocab_size: 49408 };
