import { isQuantisationExtra, locate, type FileEntry } from './component-weights.ts';
import type { CheckpointLayout, TextEncoderLayout } from './detect.ts';
import { ldmBlockLength, ldmUnetName } from './ldm-unet-keys.ts';
import { clipTextName, openClipWeights } from './text-keys.ts';
import type { ComponentName, ModelHeader, WeightMap } from './types.ts';
import { ldmVaeLevels, ldmVaeName, modernVaeName, vaeShape } from './vae-keys.ts';

type Tensors = ReadonlyMap<string, FileEntry>;

/** The weights of each network in a single file, under diffusers names; `unused` are names of the UNet that have none. */
export function singleFileWeights(
  file: string,
  header: ModelHeader,
  layout: CheckpointLayout,
): { components: Partial<Record<ComponentName, WeightMap>>; unused: string[] } {
  const tensors = new Map([...header.tensors].map(([name, entry]): [string, FileEntry] => [name, { file, ...entry }]));
  const components: Partial<Record<ComponentName, WeightMap>> = {};
  const unused: string[] = [];
  components.unet = unetWeights(tensors, layout.unetPrefix, unused);
  if (layout.vaePrefix !== undefined) components.vae = vaeWeights(tensors, layout.vaePrefix);
  for (const encoder of layout.textEncoders) components[encoder.component] = textWeights(tensors, encoder);
  return { components, unused };
}

function* under(tensors: Tensors, prefix: string): Generator<[name: string, full: string, entry: FileEntry]> {
  for (const [full, entry] of tensors) {
    if (full.startsWith(prefix) && !isQuantisationExtra(full)) yield [full.slice(prefix.length), full, entry];
  }
}

function unetWeights(tensors: Tensors, prefix: string, unused: string[]): WeightMap {
  const weights: WeightMap = new Map();
  const blockLength = ldmBlockLength(tensors, prefix);
  for (const [name, full, entry] of under(tensors, prefix)) {
    const diffusers = ldmUnetName(name, blockLength);
    if (diffusers !== undefined) weights.set(diffusers, locate(full, entry, tensors));
    else if (prefix !== '') unused.push(full);
  }
  return weights;
}

function vaeWeights(tensors: Tensors, prefix: string): WeightMap {
  const weights: WeightMap = new Map();
  const levels = ldmVaeLevels(tensors, prefix);
  for (const [name, full, entry] of under(tensors, prefix)) {
    if (!/^(encoder|decoder|quant_conv|post_quant_conv)\./.test(name)) continue;
    const diffusers = modernVaeName(ldmVaeName(name, levels));
    weights.set(diffusers, { ...locate(full, entry, tensors), shape: vaeShape(diffusers, entry.shape) });
  }
  return weights;
}

function textWeights(tensors: Tensors, encoder: TextEncoderLayout): WeightMap {
  const weights: WeightMap = new Map();
  for (const [name, full, entry] of under(tensors, encoder.prefix)) {
    if (encoder.naming === 'hf') {
      const hf = clipTextName(name);
      if (hf !== undefined) weights.set(hf, locate(full, entry, tensors));
      continue;
    }
    const scale = locate(full.replace(/_weight$/, '.weight'), entry, tensors).scale ?? locate(full, entry, tensors).scale;
    for (const [hf, location] of openClipWeights(name, entry.file, entry)) weights.set(hf, scale ? { ...location, scale } : location);
  }
  if (encoder.dropLastLayer) dropLastLayer(weights);
  return weights;
}

/** SD2 takes the output of the last but one layer and no pooled text (diffusers keeps 23 of OpenCLIP-H's 24 layers). */
function dropLastLayer(weights: WeightMap): void {
  const layerOf = (name: string): number => Number(/^text_model\.encoder\.layers\.(\d+)\./.exec(name)?.[1] ?? -1);
  const last = Math.max(...[...weights.keys()].map(layerOf));
  for (const name of [...weights.keys()]) if (layerOf(name) === last) weights.delete(name);
  weights.delete('text_projection.weight');
}
