import { controlModes, referenceMethods, type MaskSource, type RecipeInput } from '../../contract/recipe.ts';
import { parseMask } from './mask-option.ts';
import { numberOption, UsageError } from './usage.ts';

type ControlInput = NonNullable<RecipeInput['controls']>[number];
type ReferenceInput = NonNullable<RecipeInput['references']>[number];
type LoraInput = NonNullable<RecipeInput['loras']>[number];
type EmbeddingInput = NonNullable<RecipeInput['embeddings']>[number];

const controlShape = 'KIND=FILE[:strength][:begin-end][:MODE][:x,y,w,h or :mask=FILE]';
const referenceShape = '[ADAPTER=]FILE[:weight][:begin-end][:METHOD][:x,y,w,h or :mask=FILE]';

/** `KIND=FILE` and how it acts; KIND is a control model's name or file, with `t2i:` in front for a T2I-Adapter. */
export function parseControl(text: string): ControlInput {
  const { head, number, range, mask, word } = splitTraits(text, '--control', controlModes);
  const match = /^(.+?)=(.+)$/.exec(head);
  if (!match) throw new UsageError(`--control must look like ${controlShape}; found "${text}".`);
  const [, kind = '', picture = ''] = match;
  return {
    kind: kind.startsWith('t2i:') ? 't2i-adapter' : 'controlnet',
    model: kind.replace(/^t2i:/, ''),
    picture,
    ...(number === undefined ? {} : { strength: numberOption('The strength of --control', number, { min: -2, max: 2 }) }),
    ...(range && { range }),
    ...(word === undefined ? {} : { mode: word }),
    ...(mask && { mask }),
  };
}

/** `FILE`, or `ADAPTER=FILE` with an IP-Adapter's name or file, and how it acts. */
export function parseReference(text: string): ReferenceInput {
  const { head, number, range, mask, word } = splitTraits(text, '--reference', referenceMethods);
  const [, model, picture] = /^(?:(.+?)=)?(.+)$/.exec(head) ?? [];
  if (!picture) throw new UsageError(`--reference must look like ${referenceShape}; found "${text}".`);
  return {
    picture,
    ...(model === undefined ? {} : { model }),
    ...(number === undefined ? {} : { weight: numberOption('The weight of --reference', number, { min: -10, max: 10 }) }),
    ...(range && { range }),
    ...(word === undefined ? {} : { method: word }),
    ...(mask && { mask }),
  };
}

/** `FILE[:weight[:text weight]]` */
export function parseLora(text: string): LoraInput {
  const [, file, weight, textWeight] = /^(.+?)(?::(-?\d*\.?\d+)(?::(-?\d*\.?\d+))?)?$/.exec(text.trim()) ?? [];
  if (file === undefined) throw new UsageError(`--lora must look like FILE[:weight[:text weight]]; found "${text}".`);
  const limits = { min: -10, max: 10 };
  return {
    file,
    ...(weight === undefined ? {} : { weight: numberOption('The weight of --lora', weight, limits) }),
    ...(textWeight === undefined ? {} : { textWeight: numberOption('The text weight of --lora', textWeight, limits) }),
  };
}

/** `FILE`, or `WORD=FILE` with the word of the prompt that stands for it. */
export function parseEmbedding(text: string): EmbeddingInput {
  const at = text.indexOf('=');
  const word = text.slice(0, Math.max(at, 0)).trim();
  const file = text.slice(at + 1).trim();
  if (file === '' || (at >= 0 && word === '')) throw new UsageError(`--embedding must look like [WORD=]FILE; found "${text}".`);
  return { file, ...(at < 0 ? {} : { word }) };
}

interface Traits<Word extends string> {
  /** What stands before them. */
  readonly head: string;
  readonly number?: string;
  readonly range?: [number, number];
  readonly mask?: MaskSource;
  readonly word?: Word;
}

/** Takes what is told apart by its form off the end: a number, a range, a mask, and one of the words. Colons in file names stay. */
function splitTraits<Word extends string>(text: string, option: string, words: readonly Word[]): Traits<Word> {
  let traits: Traits<Word> = { head: text.trim() };
  for (;;) {
    const match = /^(.+):(mask=[A-Za-z]:[\\/][^:]+)$/.exec(traits.head) ?? /^(.+):([^:]+)$/.exec(traits.head);
    const [, head, last] = match ?? [];
    const trait = head === undefined || last === undefined ? undefined : readTrait(last.trim(), option, words);
    if (!trait || head === undefined) return traits;
    const twice = Object.keys(trait).find((key) => key in traits);
    if (twice !== undefined) throw new UsageError(`${option} takes one ${twice === 'word' ? 'method or mode' : twice}; found "${text}".`);
    traits = { ...traits, ...trait, head };
  }
}

function readTrait<Word extends string>(text: string, option: string, words: readonly Word[]): Omit<Traits<Word>, 'head'> | undefined {
  if (/^-?\d*\.?\d+$/.test(text)) return { number: text };
  const [, begin, end] = /^(\d*\.?\d+)-(\d*\.?\d+)$/.exec(text) ?? [];
  if (begin !== undefined && end !== undefined) return { range: parseRange(option, begin, end) };
  if (/^-?\d+\s*,[\s\d,-]+$/.test(text)) return { mask: parseMask(text) };
  if (text.startsWith('mask=')) return { mask: parseMask(text.slice('mask='.length)) };
  const word = words.find((candidate) => candidate === text);
  return word === undefined ? undefined : { word };
}

function parseRange(option: string, begin: string, end: string): [number, number] {
  const limits = { min: 0, max: 1 };
  const range: [number, number] = [
    numberOption(`The begin of ${option}`, begin, limits),
    numberOption(`The end of ${option}`, end, limits),
  ];
  if (range[0] > range[1]) throw new UsageError(`The begin of ${option} must not be after its end; found ${begin}-${end}.`);
  return range;
}
