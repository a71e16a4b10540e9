import { countIndices } from '../checkpoint/indices.ts';
import { ldmFixedNames, ldmResnetNames } from '../checkpoint/ldm-unet-keys.ts';

const resnetNames = byDiffusersName(ldmResnetNames);
const fixedNames = byDiffusersName(ldmFixedNames);

/**
 * The LDM paths of a UNet's modules, from their diffusers paths: checkpoint/ldm-unet-keys.ts read backwards. A module without one gives
 * undefined.
 * @param modules all modules of the UNet: how many layers a block has is read from them
 */
export function ldmUnetModule(modules: ReadonlySet<string>): (module: string) => string | undefined {
  const length = countIndices((layer) => modules.has(`down_blocks.0.resnets.${layer}.conv1`)) + 1;
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

function byDiffusersName(names: readonly (readonly [ldm: string, diffusers: string])[]): ReadonlyMap<string, string> {
  return new Map(names.map(([ldm, diffusers]) => [diffusers.slice(0, -1), ldm.slice(0, -1)]));
}
