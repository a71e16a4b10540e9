import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readHints, type ModelHints } from '../../../models/checkpoint/model-hints.ts';
import { openModel } from '../../../models/checkpoint/open-model.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import { starterId } from '../../contract/recipe.ts';
import type { Backend } from '../backends/backend.ts';
import { modelFiles } from '../files.ts';
import { LoadedModel } from './loaded-model.ts';

const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const placeholder = inRepository('test/golden/copy/models/tiny-sd15-f16.safetensors');

/** Where the embedded model lies: where STRATA_STARTER says, or beside the program. A clone without it has a tiny model for tests. */
function starterPath(): string {
  const named = process.env['STRATA_STARTER'];
  if (named !== undefined) return named;
  const weights = inRepository('models/starter/weights');
  return existsSync(weights) || !existsSync(placeholder) ? weights : placeholder;
}

/** A recipe's model as a path. A folder that holds a model and its companions names the model itself `base`. */
export function modelPath(id: string): string {
  const path = id === starterId ? starterPath() : id;
  const isWhole = existsSync(`${path}/model_index.json`) || !existsSync(`${path}/base/model_index.json`);
  return isWhole ? path : `${path}/base`;
}

/** The error with how to restore the file, where it is one of the embedded model's. */
export function restorable(path: string, error: unknown): unknown {
  if (!(error instanceof AppError) || path !== modelPath(starterId)) return error;
  const message = `${error.message} It belongs to the starter model: install Strata again, or copy this file from its release.`;
  return new AppError(error.code, message, error.details, error);
}

/** Words and settings of the embedded model, which lie beside its weights in the repository and in the program. */
async function starterHints(path: string): Promise<ModelHints> {
  for (const folder of [`${path}/..`, `${path}/../..`]) {
    const hints = await readHints(folder, modelFiles);
    if (hints.vocabulary) return hints;
  }
  return {};
}

/** Opens a model's headers. Throws AppError `starterMissing` when the embedded model is not there, and what `openModel` throws. */
export async function describeModel(id: string): Promise<ModelDescription> {
  const path = modelPath(id);
  if (id !== starterId) return openModel(path, modelFiles);
  if ((await modelFiles.kind(path)) === 'missing') {
    const message = `The starter model is missing: expected it in ${path}. Install Strata again, or choose another model.`;
    throw new AppError('starterMissing', message, { path });
  }
  const description = await openModel(path, modelFiles).catch((error: unknown) => Promise.reject(restorable(path, error) as Error));
  if (path !== placeholder) return description.vocabulary ? description : { ...description, ...(await starterHints(path)) };
  const note = 'This build carries no trained starter model: a tiny model with random weights stands in and draws only noise.';
  return { ...description, notes: [note, ...description.notes] };
}

/** Keeps the model used last, as long as its file is the same and the back end does not change. */
export class ModelLibrary {
  #current: { readonly key: string; readonly model: LoadedModel } | undefined;

  async open(id: string, backend: Backend): Promise<LoadedModel> {
    const path = modelPath(id);
    const modified = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    const key = [backend.name, backend.device, path, modified].join(' ');
    if (this.#current?.key === key) return this.#current.model;
    const description = await describeModel(id);
    await this.release();
    const model = new LoadedModel(description, backend);
    this.#current = { key, model };
    return model;
  }

  async release(): Promise<void> {
    const model = this.#current?.model;
    this.#current = undefined;
    await model?.release();
  }
}
