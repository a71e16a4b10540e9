import { AppError, type ErrorDetails } from '../../src-main/contract/errors.ts';

/** Codes of a refused model; each has a page in docs/errors. */
export type RefusalCode =
  | 'modelMissing'
  | 'unknownModel'
  | 'unsupportedModel'
  | 'notAMainModel'
  | 'missingTensors'
  | 'wrongShapes'
  | 'missingComponent'
  | 'unknownConfig'
  | 'badConfig'
  | 'pickleRefused';

/** The refusal of a model that is readable but cannot be used, with the path in the sentence. */
export function refusal(code: RefusalCode, path: string, sentence: string, details: ErrorDetails = {}): AppError {
  return new AppError(code, `${path}: ${sentence}`, { path, ...details });
}

const pickleName = /\.(ckpt|pt|pth|bin|pkl|pickle)$/i;

/** Refuses a file that is a Python pickle by its name, unread. Throws AppError `pickleRefused`. */
export function refusePickle(path: string): void {
  const ending = pickleName.exec(path)?.[0];
  if (ending === undefined) return;
  const sentence =
    'This is a Python pickle by its name, which can run code when opened. Convert it to .safetensors with the program it came from, or get that version of it.';
  throw refusal('pickleRefused', path, sentence, { expected: '.safetensors', got: ending });
}

/** The first names of a list for a sentence, with the count of the rest. */
export function listNames(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
