import { hasProjection, expectedClipText } from './expected-clip-text.ts';
import { expectedUnet } from './expected-unet.ts';
import { expectedVae } from './expected-vae.ts';
import { clipTextName } from './text-keys.ts';
import type { ComponentName, HeaderEntry, JsonObject, WeightLocation, WeightMap } from './types.ts';
import { modernVaeName, vaeShape } from './vae-keys.ts';

const quantisationExtras = /\.(scale_weight|weight_scale|scale_input|input_scale|comfy_quant)$/;

/** A tensor with the file it is in. */
export interface FileEntry extends HeaderEntry {
  readonly file: string;
}

/** Whether a tensor only serves scaled fp8 (ComfyUI's namings) and is no weight itself. */
export function isQuantisationExtra(name: string): boolean {
  return quantisationExtras.test(name) || name === 'scaled_fp8' || name.endsWith('.scaled_fp8');
}

/** The location of a weight, with its fp8 scale where the file has one beside it. */
export function locate(name: string, entry: FileEntry, tensors: ReadonlyMap<string, FileEntry>): WeightLocation {
  const location: WeightLocation = { ...entry };
  if (!entry.dtype.startsWith('F8_') || !name.endsWith('.weight')) return location;
  const base = name.slice(0, -'.weight'.length);
  const scale = tensors.get(`${base}.scale_weight`) ?? tensors.get(`${base}.weight_scale`);
  return scale ? { ...location, scale: { ...scale } } : location;
}

/** Weights of a component saved by diffusers or transformers, under today's names. */
export function diffusersWeights(component: ComponentName, tensors: ReadonlyMap<string, FileEntry>): WeightMap {
  const weights: WeightMap = new Map();
  for (const [name, entry] of tensors) {
    if (isQuantisationExtra(name)) continue;
    const modern = modernName(component, name);
    if (modern === undefined) continue;
    const location = locate(name, entry, tensors);
    weights.set(modern, component === 'vae' ? { ...location, shape: vaeShape(modern, entry.shape) } : location);
  }
  return weights;
}

function modernName(component: ComponentName, name: string): string | undefined {
  if (component === 'unet') return name;
  return component === 'vae' ? modernVaeName(name) : clipTextName(name);
}

/** Names and shapes that a component with this config must have. Throws AppError `badConfig`. */
export function expectedWeights(component: ComponentName, config: JsonObject): Map<string, readonly number[]> {
  if (component === 'unet') return expectedUnet(config);
  return component === 'vae' ? expectedVae(config) : expectedClipText(config);
}

/** The name of a component for a sentence. */
export function componentTitle(component: ComponentName, config: JsonObject): string {
  if (component === 'unet') return 'the UNet';
  if (component === 'vae') return 'the VAE';
  return component === 'text_encoder_2' || hasProjection(config) ? 'the second text encoder' : 'the text encoder';
}
