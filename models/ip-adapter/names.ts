import { isQuantisationExtra, locate, type FileEntry } from '../checkpoint/component-weights.ts';
import type { WeightLocation, WeightMap } from '../checkpoint/types.ts';

export interface IpAdapterWeights {
  /** Of the image projection, under diffusers names after `image_proj.`. */
  readonly projection: WeightMap;
  /** Keys and values by the number of the attention layer, or by its path: `1.to_k_ip`, `down_blocks … attn2.to_k_ip`. */
  readonly layers: WeightMap;
}

/** Beginnings that files put before the two parts: the original, that of noobai and others, and diffusers' UNet. */
const projectionPrefixes = ['image_proj.', 'image_proj_model.', 'encoder_hid_proj.image_projection_layers.0.'];
const layerPrefixes = ['ip_adapter.', 'adapter_modules.'];

/** The two parts of an IP-Adapter file, under one naming. */
export function ipAdapterWeights(tensors: ReadonlyMap<string, FileEntry>): IpAdapterWeights {
  const projection: WeightMap = new Map();
  const layers: WeightMap = new Map();
  for (const [full, entry] of tensors) {
    if (isQuantisationExtra(full)) continue;
    const location = locate(full, entry, tensors);
    const prefix = projectionPrefixes.find((start) => full.startsWith(start));
    if (prefix !== undefined) for (const [name, part] of projectionTensors(full.slice(prefix.length), location)) projection.set(name, part);
    const layer = prefix === undefined ? layerName(full) : undefined;
    if (layer !== undefined) layers.set(layer, location);
  }
  return { projection, layers };
}

function layerName(full: string): string | undefined {
  const prefix = layerPrefixes.find((start) => full.startsWith(start));
  const rest = prefix === undefined ? full : full.slice(prefix.length);
  const match = /^(?:(\d+)|(.+)\.processor)\.(to_[kv]_ip)(?:\.0)?\.weight$/.exec(rest);
  return match ? `${match[1] ?? match[2]}.${match[3]}` : undefined;
}

/** diffusers' names of the original's parts (loaders/unet.py convert_ip_adapter_image_proj_to_diffusers). */
const renamed: readonly (readonly [original: RegExp, diffusers: string])[] = [
  [/^proj\.0\.(\w+)$/, 'ff.net.0.proj.$1'],
  [/^proj\.2\.(\w+)$/, 'ff.net.2.$1'],
  [/^proj\.3\.(\w+)$/, 'norm.$1'],
  [/^proj\.(\w+)$/, 'image_embeds.$1'],
  [/^(layers\.\d+)\.0\.norm1\.(\w+)$/, '$1.ln0.$2'],
  [/^(layers\.\d+)\.0\.norm2\.(\w+)$/, '$1.ln1.$2'],
  [/^(layers\.\d+)\.0\.to_out\.(\w+)$/, '$1.attn.to_out.0.$2'],
  [/^(layers\.\d+)\.0\.to_q\.(\w+)$/, '$1.attn.to_q.$2'],
  [/^(layers\.\d+)\.1\.0\.(\w+)$/, '$1.ff.0.$2'],
  [/^(layers\.\d+)\.1\.1\.(\w+)$/, '$1.ff.1.net.0.proj.$2'],
  [/^(layers\.\d+)\.1\.3\.(\w+)$/, '$1.ff.1.net.2.$2'],
];

/** The diffusers weights that one tensor of the projection stands for: `to_kv` holds keys and values one below the other. */
function projectionTensors(name: string, location: WeightLocation): [string, WeightLocation][] {
  const both = /^(layers\.\d+)\.0\.to_kv\.weight$/.exec(name);
  if (both) return halves(location).map((half, i) => [`image_proj.${both[1]}.attn.to_${'kv'[i]}.weight`, half]);
  const rule = renamed.find(([original]) => original.test(name));
  return [[`image_proj.${rule ? name.replace(rule[0], rule[1]) : name}`, location]];
}

function halves(location: WeightLocation): WeightLocation[] {
  const [rows = 0, ...columns] = location.shape;
  const bytes = location.bytes / 2;
  return [0, 1].map((i) => ({ ...location, shape: [rows / 2, ...columns], offset: location.offset + i * bytes, bytes }));
}
