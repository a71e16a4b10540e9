import { BytePairEncoder } from './bpe.ts';
import type { BpeVocabulary } from './vocabulary.ts';

const beginToken = '<|startoftext|>';
const endToken = '<|endoftext|>';
const words = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;
/** Unicode's white space, which is what the reference means by \s; JavaScript's \s lacks U+0085 and has U+FEFF. */
const spaces = /\p{White_Space}+/gu;
const longestText = 100_000;

export interface ClipTokenizerOptions {
  /** Text of the padding token: "<|endoftext|>" for CLIP-L, "!" for OpenCLIP encoders. */
  readonly padToken?: string;
  /** Ids of a padded text, with begin and end. */
  readonly maxLength?: number;
}

/** Vectors that a textual inversion adds: its word in a prompt and the ids that follow the vocabulary. */
export interface AddedWord {
  readonly word: string;
  readonly ids: readonly number[];
}

/**
 * CLIP's tokenizer, equal to transformers' CLIPTokenizer id by id: special tokens (the padding token is one, so "!" of SDXL's second
 * tokenizer too) are cut out first, then NFC, one space for any white space, lower case, words by pattern, byte-pair encoding
 * (transformers tokenization_clip.py).
 */
export class ClipTokenizer {
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  readonly maxLength: number;
  readonly vocabularySize: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #encoder: BytePairEncoder;
  readonly #added: AddedWord[] = [];
  readonly #special: RegExp;
  #addedPattern: RegExp | undefined;

  /** Throws RangeError for a vocabulary without the special tokens or the padding token. */
  constructor(vocabulary: BpeVocabulary, { padToken = endToken, maxLength = 77 }: ClipTokenizerOptions = {}) {
    this.#ids = vocabulary.ids;
    this.#encoder = new BytePairEncoder(vocabulary);
    this.beginId = this.#required(beginToken);
    this.endId = this.#required(endToken);
    this.padId = this.#required(padToken);
    this.#special = new RegExp(`(${[beginToken, endToken, padToken].map(escapePattern).join('|')})`, 'u');
    this.maxLength = maxLength;
    this.vocabularySize = vocabulary.ids.size;
  }

  /** Ids of a text without begin, end and padding. Only the first 100,000 characters count. */
  encode(text: string): number[] {
    const parts = text.slice(0, longestText).split(this.#special);
    return parts.flatMap((part, index) => (index % 2 === 1 ? [this.#required(part)] : this.#encodeWords(normalise(part))));
  }

  /** Begin, at most `maxLength - 2` ids, end, padding: what the text encoder takes. */
  pad(ids: readonly number[]): Int32Array<ArrayBuffer> {
    const padded = new Int32Array(this.maxLength).fill(this.padId);
    const kept = ids.slice(0, this.maxLength - 2);
    padded.set([this.beginId, ...kept, this.endId]);
    return padded;
  }

  /**
   * Adds a word that stands for `vectors` consecutive new ids (textual inversion). The word is found regardless of case, and not
   * inside other words. Returns the ids; adding a word again replaces it.
   */
  addWord(word: string, vectors: number): readonly number[] {
    const normal = normalise(word).trim();
    if (normal === '' || vectors < 1)
      throw new RangeError(`added word: expected a name and at least one vector, got "${word}" and ${vectors}`);
    const first = this.vocabularySize + this.#added.reduce((sum, added) => sum + added.ids.length, 0);
    const ids = Array.from({ length: vectors }, (_, i) => first + i);
    const known = this.#added.findIndex((added) => added.word === normal);
    if (known >= 0) this.#added[known] = { word: '', ids: this.#added[known]?.ids ?? [] };
    this.#added.push({ word: normal, ids });
    this.#addedPattern = addedPattern(this.#added);
    return ids;
  }

  #encodeWords(text: string): number[] {
    if (!this.#addedPattern) return this.#encodeKnown(text);
    return text.split(this.#addedPattern).flatMap((part, index) => {
      if (index % 2 === 0) return this.#encodeKnown(part);
      return [...(this.#added.find((added) => added.word === part)?.ids ?? [])];
    });
  }

  #encodeKnown(text: string): number[] {
    const found = text.match(words) ?? [];
    return found.flatMap((word) => this.#encoder.pieces(word).map((piece) => this.#ids.get(piece) ?? this.endId));
  }

  #required(token: string): number {
    const id = this.#ids.get(token);
    if (id === undefined) throw new RangeError(`vocabulary: expected the token ${token}, found none`);
    return id;
  }
}

/** Lower case character by character, as the reference does it: no special form for a sigma at a word's end. */
function normalise(text: string): string {
  const spaced = text.normalize('NFC').replace(spaces, ' ');
  return Array.from(spaced, (character) => character.toLowerCase()).join('');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Longer words first, so that one may begin with another; letters and digits must not go on beside it. */
function addedPattern(added: readonly AddedWord[]): RegExp {
  const alternatives = added
    .map(({ word }) => word)
    .filter((word) => word !== '')
    .sort((a, b) => b.length - a.length)
    .map((word) => {
      const before = /^[\p{L}\p{N}]/u.test(word) ? '(?<![\\p{L}\\p{N}_])' : '';
      const after = /[\p{L}\p{N}]$/u.test(word) ? '(?![\\p{L}\\p{N}_])' : '';
      return before + escapePattern(word) + after;
    });
  return new RegExp(`(${alternatives.join('|')})`, 'u');
}
