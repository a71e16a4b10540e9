import { readFile } from 'node:fs/promises';
import type { ModelDescription, TokenizerSource } from '../../../models/checkpoint/types.ts';
import { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import { parseVocabulary } from '../../../models/tokenizer/vocabulary.ts';
import { AppError } from '../../contract/errors.ts';
import type { TextEncoderName } from './loaded-model.ts';

/** The tokenizer of each text encoder of a model. Throws AppError `badTokenizer` when its files cannot be used. */
export async function loadTokenizers(description: ModelDescription): Promise<Map<TextEncoderName, ClipTokenizer>> {
  const { tokenizer, tokenizer_2 } = description.tokenizers;
  const tokenizers = new Map<TextEncoderName, ClipTokenizer>();
  if (tokenizer) tokenizers.set('text_encoder', await loadTokenizer(tokenizer));
  if (tokenizer_2) tokenizers.set('text_encoder_2', await loadTokenizer(tokenizer_2));
  return tokenizers;
}

async function loadTokenizer({ files, padToken, maxLength }: TokenizerSource): Promise<ClipTokenizer> {
  if (!files) throw new AppError('badTokenizer', 'This model has no tokenizer of its own.');
  try {
    return new ClipTokenizer(parseVocabulary(await readFile(files.vocab, 'utf8'), await readFile(files.merges, 'utf8')), {
      padToken,
      maxLength,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('badTokenizer', `The tokenizer ${files.vocab} cannot be used: ${reason}`, { path: files.vocab }, error);
  }
}
