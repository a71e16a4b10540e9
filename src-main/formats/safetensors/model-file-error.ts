import { AppError } from '../../contract/errors.ts';

/** Codes of a refused safetensors file; each has a page in docs/errors. */
export type ModelFileCode =
  | 'tooSmall'
  | 'headerTooLarge'
  | 'headerLength'
  | 'notUtf8'
  | 'notJson'
  | 'duplicateKey'
  | 'badMetadata'
  | 'badDtype'
  | 'badShape'
  | 'badOffsets'
  | 'hole'
  | 'sizeMismatch'
  | 'overflow'
  | 'tooManyTensors'
  | 'changedOnDisk'
  | 'notSafetensors';

export interface ModelFileFault {
  readonly expected: string | number;
  readonly got: string | number;
  readonly tensor?: string;
}

/** The refusal of a model file: a sentence made of what was checked, what was expected and what was found. */
export function modelFileError(code: ModelFileCode, what: string, fault: ModelFileFault, cause?: unknown): AppError {
  const tensor = fault.tensor === undefined ? undefined : fault.tensor.slice(0, 200);
  const where = tensor === undefined ? '' : ` Tensor "${tensor}":`;
  const message = `This is not a valid safetensors file.${where} ${what}: expected ${fault.expected}, found ${fault.got}.`;
  const details = { expected: fault.expected, got: fault.got, ...(tensor === undefined ? {} : { tensor }) };
  return new AppError(code, message, details, cause);
}
