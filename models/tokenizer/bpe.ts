import { toByteAlphabet } from './byte-alphabet.ts';
import type { BpeVocabulary } from './vocabulary.ts';

const endOfWord = '</w>';
const longestCached = 64;
const mostCached = 4096;

/** Splits words into the pieces of a byte-pair encoding: the pair of lowest rank merges first, everywhere, until none is left. */
export class BytePairEncoder {
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #cache = new Map<string, readonly string[]>();

  constructor({ ranks }: Pick<BpeVocabulary, 'ranks'>) {
    this.#ranks = ranks;
  }

  /** Pieces of one word; the last carries the mark of a word's end. */
  pieces(word: string): readonly string[] {
    const known = this.#cache.get(word);
    if (known) return known;
    const pieces = this.#merge(toByteAlphabet(word));
    if (word.length <= longestCached) {
      if (this.#cache.size >= mostCached) this.#cache.clear();
      this.#cache.set(word, pieces);
    }
    return pieces;
  }

  #merge(characters: string[]): string[] {
    let pieces = characters;
    const last = pieces.length - 1;
    if (last >= 0) pieces[last] = (pieces[last] ?? '') + endOfWord;
    for (;;) {
      const best = this.#lowestPair(pieces);
      if (best === undefined) return pieces;
      pieces = mergeAll(pieces, best.left, best.right);
    }
  }

  #lowestPair(pieces: readonly string[]): { left: string; right: string } | undefined {
    let lowest = Infinity;
    let at = -1;
    for (let i = 0; i + 1 < pieces.length; i++) {
      const rank = this.#ranks.get(`${pieces[i]} ${pieces[i + 1]}`) ?? Infinity;
      if (rank < lowest) [lowest, at] = [rank, i];
    }
    return at < 0 ? undefined : { left: pieces[at] ?? '', right: pieces[at + 1] ?? '' };
  }
}

function mergeAll(pieces: readonly string[], left: string, right: string): string[] {
  const merged: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === left && pieces[i + 1] === right;
    merged.push(isPair ? left + right : (pieces[i] ?? ''));
    if (isPair) i++;
  }
  return merged;
}
