import { countIndices } from './indices.ts';
import type { TensorShapes } from './types.ts';

const attentionNames: readonly (readonly [other: string, diffusers: string])[] = [
  ['norm', 'group_norm'],
  ['q', 'to_q'],
  ['k', 'to_k'],
  ['v', 'to_v'],
  ['proj_out', 'to_out.0'],
  ['query', 'to_q'],
  ['key', 'to_k'],
  ['value', 'to_v'],
  ['proj_attn', 'to_out.0'],
];

const attentionPart = new Map(attentionNames);

/** Number of resolution levels of an LDM VAE (without prefix): its decoder counts them from the other end than diffusers. */
export function ldmVaeLevels(tensors: TensorShapes, prefix: string): number {
  return countIndices((level) => tensors.has(`${prefix}decoder.up.${level}.block.0.conv1.weight`));
}

/** The diffusers name of an LDM VAE tensor (without prefix). */
export function ldmVaeName(name: string, levels: number): string {
  return name
    .replace(/^encoder\.down\.(\d+)\.block\.(\d+)\./, 'encoder.down_blocks.$1.resnets.$2.')
    .replace(/^encoder\.down\.(\d+)\.downsample\.conv\./, 'encoder.down_blocks.$1.downsamplers.0.conv.')
    .replace(
      /^decoder\.up\.(\d+)\.block\.(\d+)\./,
      (_, level: string, layer: string) => `decoder.up_blocks.${levels - 1 - Number(level)}.resnets.${layer}.`,
    )
    .replace(
      /^decoder\.up\.(\d+)\.upsample\.conv\./,
      (_, level: string) => `decoder.up_blocks.${levels - 1 - Number(level)}.upsamplers.0.conv.`,
    )
    .replace(/\.mid\.block_([12])\./, (_, block: string) => `.mid_block.resnets.${Number(block) - 1}.`)
    .replace(/\.mid\.attn_1\.(\w+)\./, (whole, part: string) => `.mid_block.attentions.0.${attentionPart.get(part) ?? whole}.`)
    .replace(/^(encoder|decoder)\.norm_out\./, '$1.conv_norm_out.')
    .replace('.nin_shortcut.', '.conv_shortcut.');
}

/** Names of diffusers VAEs saved before 0.15 (`query`, `key`, `value`, `proj_attn`) as they are today. */
export function modernVaeName(name: string): string {
  return name.replace(
    /(\.mid_block\.attentions\.0\.)(query|key|value|proj_attn)\./,
    (_, start: string, part: string) => `${start}${attentionPart.get(part) ?? part}.`,
  );
}

/** Attention weights were 1x1 convolutions in old files: [C, C, 1, 1] is [C, C] with the same bytes. */
export function vaeShape(name: string, shape: readonly number[]): readonly number[] {
  const isLinear = /\.attentions\.0\.to_(q|k|v|out\.0)\.weight$/.test(name);
  return isLinear && shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}
