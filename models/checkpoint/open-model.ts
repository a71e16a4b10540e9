import { openDiffusersFolder } from './diffusers-folder.ts';
import { refusal } from './refusal.ts';
import { openSingleFile } from './single-file.ts';
import type { ModelDescription, ModelIo } from './types.ts';

const pickleName = /\.(ckpt|pt|pth|bin|pkl|pickle)$/i;

/**
 * Opens a model by its headers and configs alone: a diffusers folder or a single-file checkpoint. No weight is read (but 320 values
 * of an SD2 file without marks). Throws AppError with a RefusalCode or, for a broken safetensors file, a ModelFileCode.
 */
export async function openModel(path: string, io: ModelIo): Promise<ModelDescription> {
  const clean = path.replace(/(?<=.)[/\\]+$/, '');
  const kind = await io.kind(clean);
  if (kind === 'missing') throw refusal('modelMissing', clean, 'There is no such file or folder.');
  if (kind === 'folder') return openDiffusersFolder(clean, io);
  if (pickleName.test(clean)) {
    const sentence =
      'This is a Python pickle by its name, which can run code when opened. Convert it to .safetensors with the program it came from.';
    throw refusal('pickleRefused', clean, sentence, { expected: '.safetensors', got: pickleName.exec(clean)?.[0] ?? '' });
  }
  return openSingleFile(clean, io);
}
