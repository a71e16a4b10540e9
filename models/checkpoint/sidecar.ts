import { readJsonObject } from './read-json.ts';
import { tokenizerFolder } from './tokenizer-source.ts';
import type { ComponentName, JsonObject, ModelIo, TokenizerSource } from './types.ts';

/** Configs in a diffusers folder beside a single file: what shapes do not tell (heads, norm groups, tokenizer, scheduler). */
export interface Sidecar {
  readonly folder: string;
  readonly index: JsonObject;
  readonly configs: Readonly<Partial<Record<ComponentName, JsonObject>>>;
  readonly scheduler: JsonObject | undefined;
  readonly tokenizers: { readonly tokenizer?: TokenizerSource; readonly tokenizer_2?: TokenizerSource };
}

const precisionSuffix = /[-_.](f16|fp16|bf16|f32|fp32|f8|fp8|pruned|emaonly|ema)$/i;

/** Folders that may describe `file`: its name without extension, then also without suffixes such as -fp16. */
export function sidecarFolders(file: string): string[] {
  let stem = file.replace(/\.safetensors$/i, '');
  const folders = stem === file ? [] : [stem];
  while (precisionSuffix.test(stem)) {
    stem = stem.replace(precisionSuffix, '');
    folders.push(stem);
  }
  return folders;
}

/** The first of those folders that is a diffusers folder. Its weights, if any, are not looked at. */
export async function findSidecar(file: string, io: ModelIo): Promise<Sidecar | undefined> {
  for (const folder of sidecarFolders(file)) {
    if ((await io.kind(`${folder}/model_index.json`)) === 'file') return readSidecar(folder, io);
  }
  return undefined;
}

async function readSidecar(folder: string, io: ModelIo): Promise<Sidecar> {
  const configs: Partial<Record<ComponentName, JsonObject>> = {};
  for (const name of ['unet', 'vae', 'text_encoder', 'text_encoder_2'] as const) {
    const config = await readJsonObject(io, `${folder}/${name}/config.json`);
    if (config) configs[name] = config;
  }
  const tokenizer = await tokenizerFolder(`${folder}/tokenizer`, io);
  const second = await tokenizerFolder(`${folder}/tokenizer_2`, io);
  return {
    folder,
    index: (await readJsonObject(io, `${folder}/model_index.json`)) ?? {},
    configs,
    scheduler: await readJsonObject(io, `${folder}/scheduler/scheduler_config.json`),
    tokenizers: { ...(tokenizer ? { tokenizer } : {}), ...(second ? { tokenizer_2: second } : {}) },
  };
}
