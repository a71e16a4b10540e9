import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { TextEncoderName } from './loaded-model.ts';

/** The tokenizer of each text encoder of a model. Throws AppError `badConfig` when its files cannot be used. */
export async function loadTokenizers({ tokenizers }: ModelDescription): Promise<Map<TextEncoderName, ClipTokenizer>> {
  const loaded = new Map<TextEncoderName, ClipTokenizer>();
  if (tokenizers.tokenizer) loaded.set('text_encoder', await loadTokenizer(tokenizers.tokenizer));
  if (tokenizers.tokenizer_2) loaded.set('text_encoder_2', await loadTokenizer(tokenizers.tokenizer_2));
  return loaded;
}
