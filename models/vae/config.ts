import { ConfigReader } from '../config.ts';

/** AutoencoderKL. */
export interface VaeConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly blockOutChannels: readonly number[];
  readonly layersPerBlock: number;
  readonly normGroups: number;
  readonly midAttention: boolean;
  readonly quantConv: boolean;
  readonly postQuantConv: boolean;
  /** Latents of the UNet are (z - shift) * scaling. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** Native size in pixels: the tile of tiled decoding. */
  readonly sampleSize: number;
}

/** Reads a diffusers AutoencoderKL `config.json`. Throws ConfigError naming the key when it cannot be used. */
export function vaeConfig(json: unknown): VaeConfig {
  const config = new ConfigReader(json, 'VAE configuration');
  config.oneOf('act_fn', ['silu'], 'silu');
  return {
    inChannels: config.number('in_channels', 3),
    outChannels: config.number('out_channels', 3),
    latentChannels: config.number('latent_channels', 4),
    blockOutChannels: config.numbers('block_out_channels', [64]),
    layersPerBlock: config.number('layers_per_block', 1),
    normGroups: config.number('norm_num_groups', 32),
    midAttention: config.boolean('mid_block_add_attention', true),
    quantConv: config.boolean('use_quant_conv', true),
    postQuantConv: config.boolean('use_post_quant_conv', true),
    scalingFactor: config.number('scaling_factor', 0.18215),
    shiftFactor: config.number('shift_factor', 0),
    sampleSize: config.number('sample_size', 32),
  };
}
