import type { UnetConfig } from '../unet/config.ts';

export interface CrossSite {
  /** Module path of the cross-attention. */
  readonly name: string;
  readonly channels: number;
  /** Place among all attention layers in diffusers' order down, up, middle, where self and cross take turns: what files count by. */
  readonly number: number;
}

/** The cross-attentions of a UNet, in the order in which IP-Adapter files number them (SD1: 1 … 31, SDXL: 1 … 139). */
export function crossSites(config: UnetConfig): CrossSite[] {
  const last = config.blockOutChannels.length - 1;
  const paths: { readonly block: string; readonly level: number; readonly layer: number }[] = [];
  const block = (name: string, level: number, layers: number) => {
    for (let layer = 0; layer < layers; layer++) paths.push({ block: name, level, layer });
  };
  config.downBlocks.forEach((kind, i) => block(`down_blocks.${i}`, i, kind === 'cross' ? config.layersPerBlock[i]! : 0));
  config.upBlocks.forEach((kind, i) => block(`up_blocks.${i}`, last - i, kind === 'cross' ? config.layersPerBlock[last - i]! + 1 : 0));
  block('mid_block', last, config.midBlock === 'cross' ? 1 : 0);
  const names = paths.flatMap(({ block: name, level, layer }) =>
    Array.from({ length: config.transformerDepth[level]! }, (_, depth) => ({
      name: `${name}.attentions.${layer}.transformer_blocks.${depth}.attn2`,
      channels: config.blockOutChannels[level]!,
    })),
  );
  return names.map((site, i) => ({ ...site, number: 2 * i + 1 }));
}
