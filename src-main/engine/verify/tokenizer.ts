import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import { tokenizerFolder } from '../../../models/checkpoint/tokenizer-source.ts';
import { modelFiles } from '../files.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

const paramsSchema = z.object({ tokenizer: z.string(), texts: z.array(z.string()) });

/** Texts to rows of `maxLength` ids, one below the other. */
export async function checkTokenizerPadded({ params }: GoldenCase, context: GoldenContext): Promise<void> {
  const { tokenizer, texts } = await open(params, context);
  context.expect('padded', Int32Array.from(texts.flatMap((text) => [...tokenizer.pad(tokenizer.encode(text))])));
}

/** Texts to ids without begin and end, neither padded nor cut. */
export async function checkTokenizerPlain({ params, expected }: GoldenCase, context: GoldenContext): Promise<void> {
  const { tokenizer, texts } = await open(params, context);
  for (const role of Object.keys(expected)) {
    const text = texts[Number(role.slice('ids.'.length))] ?? '';
    context.expect(role, Int32Array.from(tokenizer.encode(text)));
  }
}

async function open(params: GoldenCase['params'], context: GoldenContext): Promise<{ tokenizer: ClipTokenizer; texts: string[] }> {
  const { tokenizer: folder, texts } = paramsSchema.parse(params);
  const path = join(dirname(context.root), folder);
  const tokenizer = await context.shared(`tokenizer ${path}`, async () => {
    const source = await tokenizerFolder(path, modelFiles);
    if (!source) throw new RangeError(`tokenizer: expected vocab.json and merges.txt in ${folder}, found none`);
    return loadTokenizer(source);
  });
  return { tokenizer, texts };
}
