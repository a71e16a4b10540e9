import { ConfigError, ConfigReader } from '../config.ts';

export type BlockKind = 'plain' | 'cross';

/** UNet2DConditionModel, as far as the Stable Diffusion families use it. */
export interface UnetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly blockOutChannels: readonly number[];
  readonly downBlocks: readonly BlockKind[];
  readonly upBlocks: readonly BlockKind[];
  readonly midBlock: 'cross' | 'plain' | 'none';
  readonly layersPerBlock: readonly number[];
  readonly transformerDepth: readonly number[];
  /** Number of heads a down block; up blocks use them in reverse, the middle the last. */
  readonly heads: readonly number[];
  readonly crossAttentionDim: number;
  readonly linearProjection: boolean;
  readonly normGroups: number;
  readonly normEpsilon: number;
  readonly flipSinToCos: boolean;
  readonly frequencyShift: number;
  /** SDXL: pooled text and time ids, embedded together. */
  readonly textTime?: { readonly idWidth: number; readonly inputWidth: number };
  /** Consistency-distilled models: width of the guidance embedding. */
  readonly guidanceWidth?: number;
}

/** Reads a diffusers UNet `config.json`. Throws ConfigError naming the key when it asks for what is not implemented. */
export function unetConfig(json: unknown): UnetConfig {
  const config = new ConfigReader(json, 'UNet configuration');
  const blockOutChannels = config.numbers('block_out_channels', [320, 640, 1280, 1280]);
  const count = blockOutChannels.length;
  const headsKey = config.has('num_attention_heads') ? 'num_attention_heads' : 'attention_head_dim';
  refuseUnsupported(config);
  return {
    inChannels: config.number('in_channels', 4),
    outChannels: config.number('out_channels', 4),
    blockOutChannels,
    downBlocks: blockKinds(config, 'down_block_types', ['DownBlock2D', 'CrossAttnDownBlock2D'], count),
    upBlocks: blockKinds(config, 'up_block_types', ['UpBlock2D', 'CrossAttnUpBlock2D'], count),
    midBlock: middleKind(config),
    layersPerBlock: config.perBlock('layers_per_block', count, 2),
    transformerDepth: config.perBlock('transformer_layers_per_block', count, 1),
    heads: config.perBlock(headsKey, count, 8),
    crossAttentionDim: config.number('cross_attention_dim', 1280),
    linearProjection: config.boolean('use_linear_projection', false),
    normGroups: config.number('norm_num_groups', 32),
    normEpsilon: config.number('norm_eps', 1e-5),
    flipSinToCos: config.boolean('flip_sin_to_cos', true),
    frequencyShift: config.number('freq_shift', 0),
    ...(config.has('addition_embed_type') && {
      textTime: { idWidth: config.number('addition_time_embed_dim'), inputWidth: config.number('projection_class_embeddings_input_dim') },
    }),
    ...(config.has('time_cond_proj_dim') && { guidanceWidth: config.number('time_cond_proj_dim') }),
  };
}

function refuseUnsupported(config: ConfigReader): void {
  config.oneOf('act_fn', ['silu'], 'silu');
  config.oneOf('resnet_time_scale_shift', ['default'], 'default');
  if (config.has('addition_embed_type')) config.oneOf('addition_embed_type', ['text_time']);
  for (const key of ['class_embed_type', 'encoder_hid_dim_type', 'num_class_embeds'] as const) {
    if (config.has(key))
      throw new ConfigError(`UNet configuration: ${key}: expected none, got a value; this kind of UNet is not supported`);
  }
}

function blockKinds(config: ConfigReader, key: string, [plain, cross]: readonly [string, string], count: number): BlockKind[] {
  const names = config.strings(key);
  if (names.length !== count) throw new ConfigError(`UNet configuration: ${key}: expected ${count} names, got ${names.length}`);
  return names.map((name) => {
    if (name !== plain && name !== cross) throw new ConfigError(`UNet configuration: ${key}: expected ${plain} or ${cross}, got ${name}`);
    return name === cross ? 'cross' : 'plain';
  });
}

function middleKind(config: ConfigReader): UnetConfig['midBlock'] {
  if (!config.has('mid_block_type')) return 'cross';
  const name = config.oneOf('mid_block_type', ['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D', 'none']);
  return name === 'none' ? 'none' : name === 'UNetMidBlock2D' ? 'plain' : 'cross';
}
