import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openModel } from '../../../models/checkpoint/open-model.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import type { Backend } from '../backends/backend.ts';
import { modelFiles } from '../files.ts';
import { LoadedModel } from './loaded-model.ts';

/** The embedded model's name in recipes. */
export const starterId = 'starter';

/** Where the embedded model lies: beside the program, or where STRATA_STARTER says. */
export function starterFolder(): string {
  return process.env['STRATA_STARTER'] ?? fileURLToPath(new URL('../../../models/starter/weights', import.meta.url));
}

/** A recipe's model as a path. */
export function modelPath(id: string): string {
  return id === starterId ? starterFolder() : id;
}

/** Opens a model's headers. Throws AppError `starterMissing` when the embedded model is not there, and what `openModel` throws. */
export async function describeModel(id: string): Promise<ModelDescription> {
  const path = modelPath(id);
  if (id === starterId && (await modelFiles.kind(path)) === 'missing') {
    const message = `The starter model is missing: expected it in ${path}. Install Strata again, or choose another model.`;
    throw new AppError('starterMissing', message, { path });
  }
  return openModel(path, modelFiles);
}

/** Keeps the model used last, as long as its file is the same and the back end does not change. */
export class ModelLibrary {
  #current: { readonly key: string; readonly model: LoadedModel } | undefined;

  async open(id: string, backend: Backend): Promise<LoadedModel> {
    const path = modelPath(id);
    const modified = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    const key = [backend.name, path, modified].join(' ');
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
