import { stat } from 'node:fs/promises';
import { inspectAddOn } from '../../../models/add-on/inspect-add-on.ts';
import { defaultsFor } from '../../../models/checkpoint/defaults.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import { isNetworkPath } from '../../contract/filters.ts';
import { starterId } from '../../contract/recipe.ts';
import type { ModelInfo } from '../../contract/reports.ts';
import { modelFiles } from '../files.ts';
import { inspectNetwork } from '../filters/inspect-network.ts';
import { describeModel, modelPath } from '../model/model-library.ts';
import { modelName } from '../model/model-name.ts';

/** What a file or folder is, told from its headers; what is wrong with it is a sentence and not an error. */
export async function inspectModel(id: string): Promise<ModelInfo> {
  const path = modelPath(id);
  if (isNetworkPath(path)) return inspectNetwork(path);
  try {
    return mainModelInfo(id, path, await describeModel(id));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return refusedInfo(id, path, error);
  }
}

function mainModelInfo(id: string, path: string, description: ModelDescription): ModelInfo {
  const { width, height, steps, guidance, sampler } = defaultsFor(description);
  return {
    id,
    path,
    name: id === starterId ? 'Starter model' : modelName(path),
    kind: 'checkpoint',
    family: description.family,
    prediction: description.prediction,
    precision: precisionOf(description),
    companionOf: null,
    network: null,
    bytes: bytesOf(description),
    usable: true,
    problems: [...description.notes],
    defaults: { width, height, steps, guidance, sampler },
    vocabulary: [...(description.vocabulary ?? [])],
  };
}

/** Add-ons are no main models, but good files all the same: their kind is told, and whether Strata can use them. */
async function refusedInfo(id: string, path: string, error: AppError): Promise<ModelInfo> {
  const addOn = await inspectAddOn(path, modelFiles).catch(() => undefined);
  const kind = addOn && addOnKinds[addOn.kind];
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  const info = {
    id,
    path,
    name: modelName(path),
    prediction: null,
    precision: null,
    companionOf: null,
    network: null,
    bytes: addOn?.bytes ?? size,
    defaults: {},
    vocabulary: [],
  };
  if (!addOn || !kind) return { ...info, kind: 'unknown', family: null, usable: false, problems: [error.message] };
  const problems = addOn.problem === undefined ? [] : [addOn.problem];
  return { ...info, kind, family: addOn.family ?? null, usable: problems.length === 0, problems };
}

/** Kinds of add-on by what reports call them. */
const addOnKinds: Readonly<Record<string, ModelInfo['kind']>> = {
  lora: 'lora',
  controlnet: 'controlnet',
  't2i-adapter': 't2i-adapter',
  'ip-adapter': 'ip-adapter',
  'textual-inversion': 'embedding',
  'clip-vision': 'image-encoder',
};

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
