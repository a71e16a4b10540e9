import { AppError, type ErrorDetails } from '../../src-main/contract/errors.ts';

/** Codes of a refused add-on besides those of models; each has a page in docs/errors. */
export type AddOnRefusalCode = 'addOnMissing' | 'wrongAddOn' | 'unsupportedAddOn' | 'wrongFamily' | 'imageEncoderMissing';

/** The refusal of an add-on's file, with the path in the sentence. */
export function addOnRefusal(code: AddOnRefusalCode, path: string, sentence: string, details: ErrorDetails = {}): AppError {
  return new AppError(code, `${path}: ${sentence}`, { path, ...details });
}
