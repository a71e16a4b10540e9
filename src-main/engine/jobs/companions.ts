import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { starterId } from '../../contract/recipe.ts';
import type { ModelInfo } from '../../contract/reports.ts';
import { modelPath } from '../model/model-library.ts';
import { inspectModel } from './inspect.ts';

/** A companion as recipes name it (`add-on-path.ts`, `lora-path.ts`). */
interface Companion {
  readonly id: string;
  readonly path: string;
  readonly title: string;
}

/**
 * The add-ons that came with a model: those that lie beside the starter model's folder. Their names find them wherever Strata is installed, which
 * a path would not.
 */
export async function inspectCompanions(id: string): Promise<ModelInfo[]> {
  const home = modelPath(id);
  if (id !== starterId || basename(home) !== 'base') return [];
  const found: ModelInfo[] = [];
  const { family } = await inspectModel(id);
  for (const { id: name, path, title } of await companionsIn(dirname(home))) {
    const info = await inspectModel(path);
    if (info.usable) found.push({ ...info, id: name, name: title, family, companionOf: id });
  }
  return found;
}

async function companionsIn(folder: string): Promise<Companion[]> {
  const companions: Companion[] = [];
  for (const name of await names(folder)) {
    const path = join(folder, name);
    const control = /^(?:controlnet|t2i-adapter)-(.+)$/.exec(name)?.[1];
    if (control !== undefined) companions.push({ id: control, path, title: titleOf(control) });
    else if (name === 'lora' || name === 'embeddings') companions.push(...(await files(path)));
    // A recipe that names no IP-Adapter takes it; another name than the path would not find it.
    else if (name === 'ip-adapter')
      companions.push(...(await files(path)).map((file) => ({ ...file, id: file.path, title: 'IP-Adapter' })));
  }
  return companions;
}

async function files(folder: string): Promise<Companion[]> {
  const ending = '.safetensors';
  const found = (await names(folder)).filter((name) => name.endsWith(ending));
  return found.map((name) => {
    const id = name.slice(0, -ending.length);
    return { id, path: join(folder, name), title: titleOf(id) };
  });
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

/** `cut-paper` as a title: "Cut paper". */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
