import { openDiffusersFolder } from './diffusers-folder.ts';
import { refusal, refusePickle } from './refusal.ts';
import { openSingleFile } from './single-file.ts';
import type { ModelDescription, ModelIo } from './types.ts';

/**
 * Opens a model by its headers and configs alone: a diffusers folder or a single-file checkpoint. No weight is read (but 320 values
 * of an SD2 file without marks). Throws AppError with a RefusalCode or, for a broken safetensors file, a ModelFileCode.
 */
export async function openModel(path: string, io: ModelIo): Promise<ModelDescription> {
  const clean = path.replace(/(?<=.)[/\\]+$/, '');
  const kind = await io.kind(clean);
  if (kind === 'missing') throw refusal('modelMissing', clean, 'There is no such file or folder.');
  if (kind === 'folder') return openDiffusersFolder(clean, io);
  refusePickle(clean);
  return openSingleFile(clean, io);
}
