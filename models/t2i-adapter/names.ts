import { isQuantisationExtra, locate, type FileEntry } from '../checkpoint/component-weights.ts';
import type { WeightMap } from '../checkpoint/types.ts';

/** The weights of a T2I-Adapter under diffusers names, from a file with those or with the names of the original code. */
export function t2iAdapterWeights(tensors: ReadonlyMap<string, FileEntry>): WeightMap {
  const isOriginal = [...tensors.keys()].some((name) => /^(adapter\.)?body\.\d+\.block1\./.test(name));
  const weights: WeightMap = new Map();
  for (const [full, entry] of tensors) {
    if (isQuantisationExtra(full)) continue;
    const name = full.replace(/^adapter\./, '');
    weights.set(`adapter.${isOriginal ? modernName(name) : name}`, locate(full, entry, tensors));
  }
  return weights;
}

/** The original code counts blocks through, two a stage: `body.5.block1` is the second block of stage 2, `body.4.in_conv` its shortcut. */
function modernName(name: string): string {
  const [, index, rest = ''] = /^body\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (index === undefined) return name;
  const stage = `body.${Number(index) >> 1}`;
  return rest.startsWith('block') ? `${stage}.resnets.${Number(index) % 2}.${rest}` : `${stage}.${rest}`;
}
