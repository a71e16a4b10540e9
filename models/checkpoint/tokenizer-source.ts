import { isJsonObject, readJsonObject } from './read-json.ts';
import type { ModelFamily, ModelIo, TokenizerSource } from './types.ts';

const endOfText = '<|endoftext|>';

/** The tokenizers of a family for a file that carries none: the CLIP vocabulary; OpenCLIP encoders are padded with "!" (id 0). */
export function builtInTokenizers(family: ModelFamily): { tokenizer?: TokenizerSource; tokenizer_2?: TokenizerSource } {
  const clip = { padToken: endOfText, maxLength: 77 };
  const openClip = { padToken: '!', maxLength: 77 };
  switch (family) {
    case 'sd1':
      return { tokenizer: clip };
    case 'sd2':
      return { tokenizer: openClip };
    case 'sdxl':
      return { tokenizer: clip, tokenizer_2: openClip };
    case 'sdxl-refiner':
      return { tokenizer_2: openClip };
  }
}

/** The tokenizer in a folder with vocab.json and merges.txt, undefined when it has none. */
export async function tokenizerFolder(folder: string, io: ModelIo): Promise<TokenizerSource | undefined> {
  const names = new Set(await io.list(folder));
  if (!names.has('vocab.json') || !names.has('merges.txt')) return undefined;
  const config = (await readJsonObject(io, `${folder}/tokenizer_config.json`)) ?? {};
  const special = (await readJsonObject(io, `${folder}/special_tokens_map.json`)) ?? {};
  const length = config['model_max_length'];
  return {
    files: { vocab: `${folder}/vocab.json`, merges: `${folder}/merges.txt` },
    padToken: tokenText(config['pad_token']) ?? tokenText(special['pad_token']) ?? endOfText,
    maxLength: typeof length === 'number' && Number.isSafeInteger(length) && length > 2 && length <= 4096 ? length : 77,
  };
}

function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value['content'] === 'string' ? value['content'] : undefined;
}
