import type { TensorShapes } from './types.ts';

/** Parts of a residual block, with the dot that ends them. */
export const ldmResnetNames: readonly (readonly [ldm: string, diffusers: string])[] = [
  ['in_layers.0.', 'norm1.'],
  ['in_layers.2.', 'conv1.'],
  ['emb_layers.1.', 'time_emb_proj.'],
  ['out_layers.0.', 'norm2.'],
  ['out_layers.3.', 'conv2.'],
  ['skip_connection.', 'conv_shortcut.'],
];

/** Modules at a place that does not depend on the number of blocks, with the dot that ends them. */
export const ldmFixedNames: readonly (readonly [ldm: string, diffusers: string])[] = [
  ['time_embed.0.', 'time_embedding.linear_1.'],
  ['time_embed.2.', 'time_embedding.linear_2.'],
  ['time_embed.cond_proj.', 'time_embedding.cond_proj.'],
  ['label_emb.0.0.', 'add_embedding.linear_1.'],
  ['label_emb.0.2.', 'add_embedding.linear_2.'],
  ['input_blocks.0.0.', 'conv_in.'],
  ['out.0.', 'conv_norm_out.'],
  ['out.2.', 'conv_out.'],
  ['middle_block.1.', 'mid_block.attentions.0.'],
];

/** Entries of one down block in `input_blocks` (layers and the downsampler): 3 for all known models but shallow distillations. */
export function ldmBlockLength(tensors: TensorShapes, prefix: string): number {
  for (let i = 1; i < 16; i++) if (tensors.has(`${prefix}input_blocks.${i}.0.op.weight`)) return i;
  return 3;
}

/**
 * The diffusers name of an LDM UNet tensor (without prefix), undefined for one that has none.
 * The inverse of diffusers' convert_ldm_unet_checkpoint (loaders/single_file_utils.py) as index formulas.
 */
export function ldmUnetName(name: string, blockLength: number): string | undefined {
  for (const [ldm, diffusers] of ldmFixedNames) if (name.startsWith(ldm)) return diffusers + name.slice(ldm.length);
  const middle = /^middle_block\.([02])\.(.+)$/.exec(name);
  if (middle) return resnet(`mid_block.resnets.${middle[1] === '0' ? 0 : 1}`, middle[2] ?? '');
  const block = /^(input|output)_blocks\.(\d+)\.([012])\.(.+)$/.exec(name);
  if (!block) return undefined;
  const [, side, index, slot, rest] = block;
  if (side === 'input') return inputName(Number(index), Number(slot), rest ?? '', blockLength);
  return outputName(Number(index), Number(slot), rest ?? '', blockLength);
}

function inputName(index: number, slot: number, rest: string, length: number): string | undefined {
  const block = `down_blocks.${Math.floor((index - 1) / length)}`;
  if (rest.startsWith('op.')) return `${block}.downsamplers.0.conv.${rest.slice(3)}`;
  const layer = (index - 1) % length;
  return slot === 0 ? resnet(`${block}.resnets.${layer}`, rest) : `${block}.attentions.${layer}.${rest}`;
}

function outputName(index: number, slot: number, rest: string, length: number): string | undefined {
  const block = `up_blocks.${Math.floor(index / length)}`;
  if (rest === 'conv.weight' || rest === 'conv.bias') return `${block}.upsamplers.0.${rest}`;
  const layer = index % length;
  return slot === 0 ? resnet(`${block}.resnets.${layer}`, rest) : `${block}.attentions.${layer}.${rest}`;
}

function resnet(base: string, rest: string): string | undefined {
  for (const [ldm, diffusers] of ldmResnetNames) if (rest.startsWith(ldm)) return `${base}.${diffusers}${rest.slice(ldm.length)}`;
  return undefined;
}
