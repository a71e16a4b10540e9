import { ConfigReader } from '../config.ts';
import { unetConfig, type UnetConfig } from '../unet/config.ts';

/** ControlNetModel of diffusers: the encoder half of a UNet, and a small network that reads the control picture. */
export interface ControlNetConfig {
  readonly unet: UnetConfig;
  /** Channels of the control picture. */
  readonly conditioningChannels: number;
  /** Widths of the picture's network; each but the first halves the picture. */
  readonly embeddingChannels: readonly number[];
  readonly channelOrder: 'rgb' | 'bgr';
  /** Residuals are averaged over the picture (shuffle nets). */
  readonly globalPool: boolean;
}

/** Reads a diffusers ControlNet `config.json`. Throws ConfigError naming the key when it asks for what is not implemented. */
export function controlNetConfig(json: unknown): ControlNetConfig {
  const config = new ConfigReader(json, 'ControlNet configuration');
  const downBlocks = config.strings('down_block_types', ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']); // prettier-ignore
  const mirrored = downBlocks.toReversed().map((name) => name.replace('Down', 'Up'));
  return {
    unet: unetConfig({ ...(json as object), down_block_types: downBlocks, up_block_types: mirrored, out_channels: 4 }),
    conditioningChannels: config.number('conditioning_channels', 3),
    embeddingChannels: config.numbers('conditioning_embedding_out_channels', [16, 32, 96, 256]),
    channelOrder: config.oneOf('controlnet_conditioning_channel_order', ['rgb', 'bgr'], 'rgb'),
    globalPool: config.boolean('global_pool_conditions', false),
  };
}

/** Picture pixels for each latent pixel, by the halvings of the picture's network. */
export function pictureFactor({ embeddingChannels }: ControlNetConfig): number {
  return 2 ** (embeddingChannels.length - 1);
}
