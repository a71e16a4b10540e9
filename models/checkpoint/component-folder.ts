import { requireWeights } from './check.ts';
import { componentTitle, diffusersWeights, expectedWeights, type FileEntry } from './component-weights.ts';
import { isJsonObject, readJsonObject } from './read-json.ts';
import { listNames, refusal } from './refusal.ts';
import type { ComponentName, ModelComponent, ModelIo } from './types.ts';

const plainFileName = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

/**
 * One network of a diffusers folder (`unet/`, `vae/`, `text_encoder/` …): config.json and weights in one file or in shards,
 * with or without a variant. Throws AppError for what is missing, misshapen or a pickle.
 */
export async function openComponentFolder(
  folder: string,
  component: ComponentName,
  io: ModelIo,
): Promise<ModelComponent & { readonly notes: readonly string[] }> {
  const config = await readJsonObject(io, `${folder}/config.json`);
  if (!config) throw refusal('missingComponent', folder, 'The folder has no config.json.', { expected: 'config.json', got: 'nothing' });
  const base = component.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model';
  const tensors = await readFolderTensors(folder, base, io);
  const weights = diffusersWeights(component, tensors);
  const notes = requireWeights(folder, componentTitle(component, config), weights, expectedWeights(component, config));
  return { config, weights, notes };
}

/** The tensors of a folder's weights, `base.safetensors` in one file or in shards. Throws AppError where there are none, or only pickles. */
export async function readFolderTensors(folder: string, base: string, io: ModelIo): Promise<Map<string, FileEntry>> {
  const choice = chooseWeights(await io.list(folder), base);
  if (choice === undefined || choice === 'pickle') throw noWeights(folder, base, choice);
  return choice.endsWith('.json') ? readShards(folder, choice, io) : readFiles(folder, [choice], io);
}

function noWeights(folder: string, base: string, found: 'pickle' | undefined): Error {
  if (found === undefined) {
    return refusal('missingComponent', folder, `The weights are missing: expected the file ${base}.safetensors, found none.`, {
      expected: `${base}.safetensors`,
      got: 'nothing',
    });
  }
  const sentence =
    'The weights are a Python pickle (.bin), which can run code when opened. Convert them to .safetensors or get that version.';
  return refusal('pickleRefused', folder, sentence, { expected: `${base}.safetensors`, got: '.bin' });
}

/**
 * The weight file or index to open: the plain one first, then fp16, then any other variant, non_ema last.
 * The word `pickle` when there are only .bin files.
 */
export function chooseWeights(names: readonly string[], base: string): string | undefined {
  const found = names
    .map((name) => ({ name, variant: variantOf(name, base) }))
    .filter((item): item is { name: string; variant: string } => item.variant !== undefined)
    .sort((a, b) => rank(a.variant) - rank(b.variant) || a.name.length - b.name.length);
  if (found[0]) return found[0].name;
  return names.some((name) => name.startsWith(base) && /\.(bin|pt|ckpt)$/.test(name)) ? 'pickle' : undefined;
}

function variantOf(name: string, base: string): string | undefined {
  if (!name.startsWith(`${base}.`)) return undefined;
  const rest = name.slice(base.length);
  const file = /^(?:\.([\w-]+))?\.safetensors$/.exec(rest);
  const index = /^\.safetensors\.index(?:\.([\w-]+))?\.json$/.exec(rest);
  return file || index ? (file?.[1] ?? index?.[1] ?? '') : undefined;
}

function rank(variant: string): number {
  if (variant === '') return 0;
  if (variant === 'fp16') return 1;
  return variant === 'non_ema' ? 3 : 2;
}

async function readShards(folder: string, index: string, io: ModelIo): Promise<Map<string, FileEntry>> {
  const path = `${folder}/${index}`;
  const map = (await readJsonObject(io, path))?.['weight_map'];
  if (!isJsonObject(map)) throw refusal('badConfig', path, 'The index has no "weight_map".');
  const files = [...new Set(Object.values(map))];
  for (const file of files) {
    if (typeof file === 'string' && plainFileName.test(file) && file.endsWith('.safetensors')) continue;
    throw refusal('badConfig', path, `The index names "${String(file).slice(0, 100)}", which is not a .safetensors file of this folder.`);
  }
  const tensors = await readFiles(folder, files.map(String), io);
  const missing = Object.keys(map).filter((name) => !tensors.has(name));
  if (missing.length === 0) return tensors;
  throw refusal('missingTensors', path, `${missing.length} tensors of the index are in no file: ${listNames(missing)}.`, {
    missing: missing.slice(0, 50),
  });
}

async function readFiles(folder: string, names: readonly string[], io: ModelIo): Promise<Map<string, FileEntry>> {
  const tensors = new Map<string, FileEntry>();
  for (const name of names) {
    const file = `${folder}/${name}`;
    for (const [tensor, entry] of (await io.header(file)).tensors) {
      if (tensors.has(tensor)) throw refusal('badConfig', file, `The tensor "${tensor.slice(0, 100)}" is in two files.`);
      tensors.set(tensor, { file, ...entry });
    }
  }
  return tensors;
}
