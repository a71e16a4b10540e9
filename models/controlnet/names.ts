import { isQuantisationExtra, locate, type FileEntry } from '../checkpoint/component-weights.ts';
import { ldmBlockLength, ldmUnetName } from '../checkpoint/ldm-unet-keys.ts';
import type { WeightMap } from '../checkpoint/types.ts';

/** Tensors that mark files and are no weights. */
const marks: ReadonlySet<string> = new Set(['difference', 'lora_controlnet']);

type Tensors = ReadonlyMap<string, FileEntry>;

/** The weights of a ControlNet under diffusers names, from a file with those or with the names of the original code. */
export function controlNetWeights(tensors: Tensors): WeightMap {
  const prefix = [...tensors.keys()].some((name) => name.startsWith('control_model.')) ? 'control_model.' : '';
  const isLdm = tensors.has(`${prefix}zero_convs.0.0.weight`);
  const length = isLdm ? ldmBlockLength(tensors, prefix) : 0;
  const lastHint = lastHintBlock(tensors, prefix);
  const weights: WeightMap = new Map();
  for (const [full, entry] of tensors) {
    if (!full.startsWith(prefix) || isQuantisationExtra(full) || marks.has(full)) continue;
    const name = full.slice(prefix.length);
    const diffusers = isLdm ? ldmControlName(name, length, lastHint) : name;
    if (diffusers !== undefined) weights.set(diffusers, locate(full, entry, tensors));
  }
  return weights;
}

/** The diffusers name of an original ControlNet tensor (without prefix); the encoder's names are those of the UNet. */
export function ldmControlName(name: string, blockLength: number, lastHint: number): string | undefined {
  const hint = /^input_hint_block\.(\d+)\.(.+)$/.exec(name);
  if (hint) {
    const index = Number(hint[1]);
    const part = index === 0 ? 'conv_in' : index === lastHint ? 'conv_out' : `blocks.${index / 2 - 1}`;
    return `controlnet_cond_embedding.${part}.${hint[2]}`;
  }
  const zero = /^zero_convs\.(\d+)\.0\.(.+)$/.exec(name);
  if (zero) return `controlnet_down_blocks.${zero[1]}.${zero[2]}`;
  if (name.startsWith('middle_block_out.0.')) return `controlnet_mid_block.${name.slice('middle_block_out.0.'.length)}`;
  return ldmUnetName(name, blockLength);
}

/** Index of the picture network's last convolution: 14 in all published files. */
function lastHintBlock(tensors: Tensors, prefix: string): number {
  const indices = [...tensors.keys()].map((name) => Number(/^input_hint_block\.(\d+)\./.exec(name.slice(prefix.length))?.[1] ?? 0));
  return Math.max(0, ...indices);
}
