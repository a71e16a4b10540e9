import { readAddOn, type AddOnFile } from '../add-on/add-on-file.ts';
import { wrongAddOn } from '../add-on/identify.ts';
import { addOnRefusal } from '../add-on/refusal.ts';
import { fileName } from '../checkpoint/file-name.ts';
import type { ModelFamily, ModelIo, WeightLocation } from '../checkpoint/types.ts';

export type InversionEncoder = 'text_encoder' | 'text_encoder_2';

/** Vectors of a textual inversion by text encoder. */
export interface InversionDescription {
  readonly path: string;
  /** What stands for them in a prompt: the file's name, and a word that the file itself names. */
  readonly words: readonly string[];
  /** As many for each encoder. */
  readonly count: number;
  readonly vectors: ReadonlyMap<InversionEncoder, WeightLocation>;
}

/** The model whose prompts use it: widths of its text encoders, in order. */
export interface PromptedModel {
  readonly family: ModelFamily;
  readonly widths: ReadonlyMap<InversionEncoder, number>;
}

/** Names of tensors that say nothing about the word. */
const firstNames = new Set(['emb_params', 'clip_l', 'text_encoders_0', 'string_to_param.*', 'string_to_param', '*']);
const secondNames = new Set(['clip_g', 'text_encoders_1']);

const familyOfWidth: ReadonlyMap<number, string> = new Map([
  [768, 'Stable Diffusion 1'],
  [1024, 'Stable Diffusion 2'],
  [1280, 'SDXL'],
]);

/**
 * Opens a textual inversion in any safetensors form: `emb_params`, SDXL's `clip_l` and `clip_g`, or a tensor named by its word. Throws
 * AppError for what is none, and for vectors that the model's text encoders do not take.
 */
export async function openInversion(path: string, model: PromptedModel, io: ModelIo): Promise<InversionDescription> {
  const file = await readAddOn(path, 'learned_embeds', io);
  const tensors = [...file.tensors].map(([name, entry]) => ({ name, location: asRows(entry) }));
  if (tensors.length === 0 || tensors.length > 4 || tensors.some(({ location }) => !location)) throw wrongAddOn(file.path, file.tensors, 'a textual inversion'); // prettier-ignore
  const found = tensors as { name: string; location: WeightLocation }[];
  const vectors = matchEncoders(file, found, model);
  const counts = new Set([...vectors.values()].map(({ shape }) => shape[0]!));
  if (counts.size > 1) {
    const sentence = `The text encoders' parts of this textual inversion have ${[...counts].join(' and ')} vectors: expected as many of each.`;
    throw addOnRefusal('unsupportedAddOn', file.path, sentence);
  }
  return { path: file.path, words: wordsOf(file, found), count: [...counts][0]!, vectors };
}

/** [n, d]; a single vector may be stored as [d]. */
function asRows(entry: WeightLocation): WeightLocation | undefined {
  const { shape } = entry;
  if (shape.some((size) => size < 1)) return undefined;
  if (shape.length === 1) return { ...entry, shape: [1, shape[0]!] };
  return shape.length === 2 && shape[0]! <= 75 ? entry : undefined;
}

function matchEncoders(
  { path }: AddOnFile,
  found: readonly { readonly name: string; readonly location: WeightLocation }[],
  { family, widths }: PromptedModel,
): Map<InversionEncoder, WeightLocation> {
  const vectors = new Map<InversionEncoder, WeightLocation>();
  for (const [encoder, width] of widths) {
    const isSecond = encoder === 'text_encoder_2';
    const named = found.find(({ name }) => (isSecond ? secondNames : firstNames).has(name));
    const candidates = named ? [named] : found;
    const fitting = candidates.find(({ location }) => location.shape[1] === width);
    if (fitting) vectors.set(encoder, fitting.location);
  }
  if (vectors.size === widths.size && widths.size > 0 && found.length <= Math.max(widths.size, 1)) return vectors;
  const got = found.map(({ location }) => location.shape[1]!);
  const made = got.length > 1 ? 'SDXL' : familyOfWidth.get(got[0]!);
  const sentence = `This textual inversion has vectors of width ${got.join(' and ')}${made ? ` (${made})` : ''}, and the model's text encoders take ${[...widths.values()].join(' and ')} (${family}).`;
  throw addOnRefusal('wrongFamily', path, sentence, { expected: [...widths.values()], got });
}

function wordsOf({ path }: AddOnFile, found: readonly { readonly name: string }[]): string[] {
  const stem = fileName(path).replace(/\.[^.]+$/, '');
  const own = found.map(({ name }) => name).filter((name) => !firstNames.has(name) && !secondNames.has(name));
  return [...new Set([stem, `<${stem}>`, ...own])].filter((word) => word.trim() !== '');
}
