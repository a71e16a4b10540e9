import { configInteger, configIntegers } from './config-values.ts';
import type { JsonObject } from './types.ts';

type Shapes = Map<string, readonly number[]>;

/** Names and shapes of all weights of an AutoencoderKL with this config.json (diffusers models/autoencoders/vae.py). */
export function expectedVae(config: JsonObject): Shapes {
  const shapes: Shapes = new Map();
  const widths = configIntegers(config, 'block_out_channels');
  const layers = configInteger(config, 'layers_per_block', 1, 16);
  const latent = configInteger(config, 'latent_channels', 4);
  const pictureIn = configInteger(config, 'in_channels', 3);
  const pictureOut = configInteger(config, 'out_channels', 3);
  const first = widths[0] ?? 0;
  const last = widths.at(-1) ?? 0;
  layer(shapes, 'encoder.conv_in', [first, pictureIn, 3, 3]);
  let width = first;
  widths.forEach((out, block) => {
    for (let i = 0; i < layers; i++) resnet(shapes, `encoder.down_blocks.${block}.resnets.${i}`, i === 0 ? width : out, out);
    if (block < widths.length - 1) layer(shapes, `encoder.down_blocks.${block}.downsamplers.0.conv`, [out, out, 3, 3]);
    width = out;
  });
  middle(shapes, 'encoder', last, config);
  ends(shapes, 'encoder', last, latent * 2);
  layer(shapes, 'decoder.conv_in', [last, latent, 3, 3]);
  middle(shapes, 'decoder', last, config);
  width = last;
  widths.toReversed().forEach((out, block) => {
    for (let i = 0; i <= layers; i++) resnet(shapes, `decoder.up_blocks.${block}.resnets.${i}`, i === 0 ? width : out, out);
    if (block < widths.length - 1) layer(shapes, `decoder.up_blocks.${block}.upsamplers.0.conv`, [out, out, 3, 3]);
    width = out;
  });
  ends(shapes, 'decoder', first, pictureOut);
  if (config['use_quant_conv'] !== false) layer(shapes, 'quant_conv', [latent * 2, latent * 2, 1, 1]);
  if (config['use_post_quant_conv'] !== false) layer(shapes, 'post_quant_conv', [latent, latent, 1, 1]);
  return shapes;
}

function layer(shapes: Shapes, name: string, shape: readonly number[]): void {
  shapes.set(`${name}.weight`, shape);
  shapes.set(`${name}.bias`, [shape[0] ?? 0]);
}

function resnet(shapes: Shapes, name: string, incoming: number, out: number): void {
  layer(shapes, `${name}.norm1`, [incoming]);
  layer(shapes, `${name}.conv1`, [out, incoming, 3, 3]);
  layer(shapes, `${name}.norm2`, [out]);
  layer(shapes, `${name}.conv2`, [out, out, 3, 3]);
  if (incoming !== out) layer(shapes, `${name}.conv_shortcut`, [out, incoming, 1, 1]);
}

function middle(shapes: Shapes, side: string, width: number, config: JsonObject): void {
  resnet(shapes, `${side}.mid_block.resnets.0`, width, width);
  if (config['mid_block_add_attention'] !== false) {
    layer(shapes, `${side}.mid_block.attentions.0.group_norm`, [width]);
    for (const part of ['to_q', 'to_k', 'to_v', 'to_out.0']) layer(shapes, `${side}.mid_block.attentions.0.${part}`, [width, width]);
  }
  resnet(shapes, `${side}.mid_block.resnets.1`, width, width);
}

function ends(shapes: Shapes, side: string, width: number, out: number): void {
  layer(shapes, `${side}.conv_norm_out`, [width]);
  layer(shapes, `${side}.conv_out`, [out, width, 3, 3]);
}
