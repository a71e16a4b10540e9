import { configInteger, configIntegers, configStrings, perBlock } from './config-values.ts';
import type { JsonObject } from './types.ts';

type Shapes = Map<string, readonly number[]>;

/**
 * Names and shapes of all weights of a UNet2DConditionModel with this config.json, as diffusers' module tree has them
 * (models/unets/unet_2d_condition.py). Throws AppError `badConfig`.
 */
export function expectedUnet(config: JsonObject): Shapes {
  const widths = configIntegers(config, 'block_out_channels');
  const layers = configInteger(config, 'layers_per_block', 2, 16);
  const downTypes = configStrings(config, 'down_block_types');
  const upTypes = configStrings(config, 'up_block_types');
  const writer = new UnetWriter(config, (widths[0] ?? 0) * 4);
  const first = widths[0] ?? 0;
  const last = widths.at(-1) ?? 0;
  const depths = perBlock(config['transformer_layers_per_block'] ?? 1, widths.length, layers);
  const upDepths = reversedDepths(config, depths, layers);
  writer.ends(first);
  let width = first;
  widths.forEach((out, block) => {
    const name = `down_blocks.${block}`;
    const hasAttention = downTypes[block]?.startsWith('CrossAttn') ?? false;
    for (let layer = 0; layer < layers; layer++) {
      writer.resnet(`${name}.resnets.${layer}`, layer === 0 ? width : out, out);
      const depth = depths[block]?.[layer] ?? 1;
      if (hasAttention && depth > 0) writer.transformer(`${name}.attentions.${layer}`, out, depth);
    }
    if (block < widths.length - 1) writer.layer(`${name}.downsamplers.0.conv`, [out, out, 3, 3]);
    width = out;
  });
  writer.resnet('mid_block.resnets.0', last, last);
  if (config['mid_block_type'] !== 'UNetMidBlock2D') {
    writer.transformer('mid_block.attentions.0', last, depths.at(-1)?.at(-1) ?? 1);
    writer.resnet('mid_block.resnets.1', last, last);
  }
  const reversed = widths.toReversed();
  reversed.forEach((out, block) => {
    const name = `up_blocks.${block}`;
    const skipOfLast = reversed[Math.min(block + 1, widths.length - 1)] ?? out;
    const hasAttention = upTypes[block]?.startsWith('CrossAttn') ?? false;
    for (let layer = 0; layer <= layers; layer++) {
      const skip = layer === layers ? skipOfLast : out;
      const incoming = layer === 0 ? width : out;
      writer.resnet(`${name}.resnets.${layer}`, incoming + skip, out);
      const depth = upDepths[block]?.[layer] ?? 1;
      if (hasAttention && depth > 0) writer.transformer(`${name}.attentions.${layer}`, out, depth);
    }
    if (block < widths.length - 1) writer.layer(`${name}.upsamplers.0.conv`, [out, out, 3, 3]);
    width = out;
  });
  return writer.shapes;
}

function reversedDepths(config: JsonObject, depths: number[][], layers: number): number[][] {
  const given = config['reverse_transformer_layers_per_block'];
  if (given) return perBlock(given, depths.length, layers + 1);
  return perBlock(
    depths.toReversed().map((block) => [...block.toReversed(), block[0] ?? 1]),
    depths.length,
    layers + 1,
  );
}

class UnetWriter {
  readonly shapes: Shapes = new Map();
  readonly #config: JsonObject;
  readonly #timeWidth: number;

  constructor(config: JsonObject, timeWidth: number) {
    this.#config = config;
    this.#timeWidth = timeWidth;
  }

  layer(name: string, shape: readonly number[]): void {
    this.shapes.set(`${name}.weight`, shape);
    this.shapes.set(`${name}.bias`, [shape[0] ?? 0]);
  }

  norm(name: string, width: number): void {
    this.layer(name, [width]);
  }

  ends(first: number): void {
    this.layer('conv_in', [first, configInteger(this.#config, 'in_channels', 4), 3, 3]);
    this.#mlp('time_embedding', first);
    const condition = this.#config['time_cond_proj_dim'];
    if (typeof condition === 'number') this.shapes.set('time_embedding.cond_proj.weight', [first, condition]);
    if (this.#config['addition_embed_type'] === 'text_time') {
      this.#mlp('add_embedding', configInteger(this.#config, 'projection_class_embeddings_input_dim'));
    }
    this.norm('conv_norm_out', first);
    this.layer('conv_out', [configInteger(this.#config, 'out_channels', 4), first, 3, 3]);
  }

  resnet(name: string, incoming: number, out: number): void {
    this.norm(`${name}.norm1`, incoming);
    this.layer(`${name}.conv1`, [out, incoming, 3, 3]);
    this.layer(`${name}.time_emb_proj`, [out, this.#timeWidth]);
    this.norm(`${name}.norm2`, out);
    this.layer(`${name}.conv2`, [out, out, 3, 3]);
    if (incoming !== out) this.layer(`${name}.conv_shortcut`, [out, incoming, 1, 1]);
  }

  transformer(name: string, width: number, depth: number): void {
    const projection = this.#config['use_linear_projection'] === true ? [width, width] : [width, width, 1, 1];
    const context = configInteger(this.#config, 'cross_attention_dim');
    this.norm(`${name}.norm`, width);
    this.layer(`${name}.proj_in`, projection);
    for (let i = 0; i < depth; i++) this.#block(`${name}.transformer_blocks.${i}`, width, context);
    this.layer(`${name}.proj_out`, projection);
  }

  #block(name: string, width: number, context: number): void {
    for (const norm of ['norm1', 'norm2', 'norm3']) this.norm(`${name}.${norm}`, width);
    for (const [attention, keys] of [['attn1', width], ['attn2', context]] as const) {
      this.shapes.set(`${name}.${attention}.to_q.weight`, [width, width]);
      this.shapes.set(`${name}.${attention}.to_k.weight`, [width, keys]);
      this.shapes.set(`${name}.${attention}.to_v.weight`, [width, keys]);
      this.layer(`${name}.${attention}.to_out.0`, [width, width]);
    } // prettier-ignore
    this.layer(`${name}.ff.net.0.proj`, [width * 8, width]);
    this.layer(`${name}.ff.net.2`, [width, width * 4]);
  }

  #mlp(name: string, incoming: number): void {
    this.layer(`${name}.linear_1`, [this.#timeWidth, incoming]);
    this.layer(`${name}.linear_2`, [this.#timeWidth, this.#timeWidth]);
  }
}
