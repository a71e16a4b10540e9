const resnetNames: ReadonlyMap<string, string> = new Map([
  ['norm1', 'in_layers.0'],
  ['conv1', 'in_layers.2'],
  ['time_emb_proj', 'emb_layers.1'],
  ['norm2', 'out_layers.0'],
  ['conv2', 'out_layers.3'],
  ['conv_shortcut', 'skip_connection'],
]);

const fixedNames: ReadonlyMap<string, string> = new Map([
  ['time_embedding.linear_1', 'time_embed.0'],
  ['time_embedding.linear_2', 'time_embed.2'],
  ['time_embedding.cond_proj', 'time_embed.cond_proj'],
  ['add_embedding.linear_1', 'label_emb.0.0'],
  ['add_embedding.linear_2', 'label_emb.0.2'],
  ['conv_in', 'input_blocks.0.0'],
  ['conv_norm_out', 'out.0'],
  ['conv_out', 'out.2'],
]);

/**
 * The LDM paths of a UNet's modules, from their diffusers paths: the table of models.md 2.2 read backwards. A module without one gives
 * undefined.
 * @param modules all modules of the UNet: how many layers a block has is read from them
 */
export function ldmUnetModule(modules: ReadonlySet<string>): (module: string) => string | undefined {
  let layers = 0;
  while (modules.has(`down_blocks.0.resnets.${layers}.conv1`)) layers++;
  const length = layers + 1;
  const hasAttention = (block: string): boolean => modules.has(`${block}.attentions.0.proj_in`);
  return (module) => {
    const fixed = fixedNames.get(module);
    if (fixed !== undefined) return fixed;
    const middle = /^mid_block\.(resnets|attentions)\.(\d)\.?(.*)$/.exec(module);
    if (middle) {
      const [, kind, index, rest = ''] = middle;
      return kind === 'resnets' ? resnet(`middle_block.${Number(index) * 2}`, rest) : `middle_block.1.${rest}`;
    }
    const found = /^(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)$/.exec(module);
    if (!found) return undefined;
    const [, side, block, kind, layer, rest = ''] = found;
    const first = Number(block) * length;
    if (kind === 'downsamplers') return `input_blocks.${first + length}.0.op`;
    if (kind === 'upsamplers') return `output_blocks.${first + length - 1}.${hasAttention(`up_blocks.${block}`) ? 2 : 1}.conv`;
    const place = side === 'down' ? `input_blocks.${first + Number(layer) + 1}` : `output_blocks.${first + Number(layer)}`;
    return kind === 'resnets' ? resnet(`${place}.0`, rest) : `${place}.1.${rest}`;
  };
}

function resnet(place: string, rest: string): string | undefined {
  const name = resnetNames.get(rest);
  return name === undefined ? undefined : `${place}.${name}`;
}
