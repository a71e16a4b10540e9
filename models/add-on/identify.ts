import { familyByTextWidth } from '../checkpoint/detect.ts';
import { adapterKinds, otherFamilies, partKinds, unetPrefixes } from '../checkpoint/foreign-kinds.ts';
import type { ModelFamily, TensorShapes } from '../checkpoint/types.ts';
import type { AppError } from '../../src-main/contract/errors.ts';
import { addOnRefusal } from './refusal.ts';

/** What a file is, for the sentence "This is …". */
export function identify(tensors: TensorShapes): string {
  const kind = [...adapterKinds, ...otherFamilies, ...partKinds].find((candidate) => candidate.matches(tensors));
  if (kind) return kind.is;
  if (unetPrefixes.some((prefix) => tensors.has(`${prefix}input_blocks.0.0.weight`))) return 'a whole model';
  return `a file of ${tensors.size} tensors that no known add-on has`;
}

/** The refusal of a file that is something else than was asked for. */
export function wrongAddOn(path: string, tensors: TensorShapes, expected: string): AppError {
  return addOnRefusal('wrongAddOn', path, `This is ${identify(tensors)}; ${expected} was expected.`, { expected });
}

const familyNames: Readonly<Record<ModelFamily, string>> = {
  sd1: 'Stable Diffusion 1',
  sd2: 'Stable Diffusion 2',
  sdxl: 'SDXL',
  'sdxl-refiner': 'the SDXL refiner',
};

/** The model that an add-on is to work on. */
export interface BaseModel {
  readonly family: ModelFamily;
  /** Width of the text that its cross-attention takes. */
  readonly textWidth: number;
}

/** Refuses an add-on whose layers take text of another width than the model's. Throws AppError `wrongFamily`. */
export function requireTextWidth(path: string, what: string, width: number, base: BaseModel): void {
  if (width === base.textWidth) return;
  const family = familyByTextWidth.get(width);
  const made = family ? `${familyNames[family]} (text of width ${width})` : `a model that takes text of width ${width}`;
  const sentence = `This ${what} is made for ${made}, and the model is ${familyNames[base.family]} (text of width ${base.textWidth}).`;
  throw addOnRefusal('wrongFamily', path, sentence, { expected: base.textWidth, got: width });
}

/** The refusal of an add-on whose sizes are those of another model, with what was compared. */
export function otherSizes(path: string, what: string, base: BaseModel, detail: string): AppError {
  return addOnRefusal('wrongFamily', path, `This ${what} does not fit the model, which is ${familyNames[base.family]}: ${detail}.`);
}
