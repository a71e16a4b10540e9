import { ConfigReader } from '../config.ts';

/** T2IAdapter of diffusers, as far as published adapters use it. */
export interface T2iAdapterConfig {
  readonly kind: 'full' | 'xl';
  /** Channels of the control picture: 3, or 1 for sketches. */
  readonly inChannels: number;
  /** Widths of the features, from the finest. */
  readonly channels: readonly number[];
  readonly resBlocks: number;
  /** Picture pixels for each pixel of the finest feature. */
  readonly downscale: number;
}

/** Reads a diffusers T2I-Adapter `config.json`. Throws ConfigError naming the key when it asks for what is not implemented. */
export function t2iAdapterConfig(json: unknown): T2iAdapterConfig {
  const config = new ConfigReader(json, 'T2I-Adapter configuration');
  const kind = config.oneOf('adapter_type', ['full_adapter', 'full_adapter_xl'], 'full_adapter');
  return {
    kind: kind === 'full_adapter' ? 'full' : 'xl',
    inChannels: config.number('in_channels', 3),
    channels: config.numbers('channels', [320, 640, 1280, 1280]),
    resBlocks: config.number('num_res_blocks', 2),
    downscale: config.number('downscale_factor', kind === 'full_adapter' ? 8 : 16),
  };
}

/** Whether a stage halves its input: all but the first, and in XL adapters the third alone. */
export function halvesAt({ kind }: T2iAdapterConfig, stage: number): boolean {
  return kind === 'xl' ? stage === 2 : stage > 0;
}
