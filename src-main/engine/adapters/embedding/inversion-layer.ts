import { addedRowInputs, addedRowNames, withAddedRows } from '../../../../models/textual-inversion/added-rows.ts';
import type { TextEncoderName, WeightLayer } from '../../model/loaded-model.ts';
import { readWeight } from '../../files.ts';
import type { InversionDescription } from '../../../../models/textual-inversion/open-inversion.ts';

/** What adding words needs of a tokenizer. */
interface WordTokenizer {
  addWord(word: string, vectors: number): readonly number[];
}

/** Vectors by the token ids that stand for them. */
export type InversionRows = ReadonlyMap<number, Float32Array>;

/** Adds an inversion's words to an encoder's tokenizer. Returns the vector of each new token. */
export async function addInversion(
  { count, vectors }: InversionDescription,
  words: readonly string[],
  encoder: TextEncoderName,
  tokenizer: WordTokenizer,
): Promise<InversionRows> {
  const location = vectors.get(encoder);
  const rows = new Map<number, Float32Array>();
  if (!location) return rows;
  const values = await readWeight(location);
  const width = location.shape[1]!;
  for (const word of words) {
    tokenizer.addWord(word, count).forEach((id, i) => rows.set(id, values.subarray(i * width, (i + 1) * width)));
  }
  return rows;
}

/** Lets a text encoder of that width take these vectors in place of words; undefined when there is none. */
export function inversionLayer(rows: InversionRows, width: number): WeightLayer | undefined {
  if (rows.size === 0) return undefined;
  return {
    key: 'added rows',
    over: (base) => base,
    extend: withAddedRows,
    bind: (inputs) => {
      const ids = inputs.get('input_ids')!.data as Int32Array;
      const { input_ids, keep, rows: vectors } = addedRowInputs(ids, rows, width);
      return new Map([...inputs, ['input_ids', input_ids], [addedRowNames.keep, keep], [addedRowNames.rows, vectors]]);
    },
  };
}
