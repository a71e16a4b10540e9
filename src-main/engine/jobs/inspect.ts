import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { adapterKinds } from '../../../models/checkpoint/foreign-kinds.ts';
import { defaultsFor } from '../../../models/checkpoint/defaults.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import { modelKinds, type ModelInfo } from '../../contract/reports.ts';
import { modelFiles } from '../files.ts';
import { describeModel, modelPath, starterPath, starterId } from '../model/model-library.ts';

/** What a file or folder is, told from its headers; what is wrong with it is a sentence and not an error. */
export async function inspectModel(id: string): Promise<ModelInfo> {
  const path = modelPath(id);
  try {
    return await mainModelInfo(id, path, await describeModel(id));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return refusedInfo(id, path, error);
  }
}

async function mainModelInfo(id: string, path: string, description: ModelDescription): Promise<ModelInfo> {
  const { width, height, steps, guidance, sampler } = defaultsFor(description);
  return {
    id,
    path,
    name: id === starterId ? 'Starter model' : basename(path),
    kind: 'checkpoint',
    family: description.family,
    prediction: description.prediction,
    precision: precisionOf(description),
    bytes: bytesOf(description),
    usable: true,
    problems: [...description.notes],
    defaults: { width, height, steps, guidance, sampler },
    vocabulary: id === starterId ? await starterVocabulary() : [],
  };
}

/** Add-ons are no main models, but good files all the same: their kind is told and nothing is wrong with them. */
async function refusedInfo(id: string, path: string, error: AppError): Promise<ModelInfo> {
  const kind = await adapterKind(path);
  const bytes = (await stat(path).catch(() => undefined))?.size ?? 0;
  const isAddOn = kind !== undefined;
  const info = { id, path, name: basename(path), family: null, prediction: null, precision: null, bytes, defaults: {}, vocabulary: [] };
  return { ...info, kind: kind ?? 'unknown', usable: isAddOn, problems: isAddOn ? [] : [error.message] };
}

async function adapterKind(path: string): Promise<ModelInfo['kind'] | undefined> {
  const header = await modelFiles.header(path).catch(() => undefined);
  const kind = header && adapterKinds.find((candidate) => candidate.matches(header.tensors))?.kind;
  if (kind === undefined) return undefined;
  return kind === 'textual-inversion' ? 'embedding' : modelKinds.find((name) => name === kind);
}

function precisionOf({ components }: ModelDescription): string | null {
  const counts = new Map<string, number>();
  for (const { dtype, bytes } of components.unet?.weights.values() ?? []) counts.set(dtype, (counts.get(dtype) ?? 0) + bytes);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0].toLowerCase() ?? null;
}

function bytesOf({ components }: ModelDescription): number {
  let bytes = 0;
  for (const component of Object.values(components)) for (const location of component.weights.values()) bytes += location.bytes;
  return bytes;
}

/** Words that the starter model was trained on, from the file beside its weights. */
async function starterVocabulary(): Promise<string[]> {
  const text =
    (await modelFiles.readText(`${starterPath()}/vocabulary.json`)) ?? (await modelFiles.readText(`${starterPath()}/../vocabulary.json`));
  if (text === undefined) return [];
  const { words } = JSON.parse(text) as { words: string[] };
  return words;
}
