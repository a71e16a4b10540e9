/** Data of a byte-pair encoding: ids of pieces, and the rank of each pair that merges (key: both pieces with a space between). */
export interface BpeVocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly ranks: ReadonlyMap<string, number>;
}

/**
 * The vocabulary in the text of vocab.json and merges.txt (transformers' CLIPTokenizer files).
 * Throws SyntaxError for text that is not such a file.
 */
export function parseVocabulary(vocabJson: string, mergesText: string): BpeVocabulary {
  const parsed: unknown = JSON.parse(vocabJson);
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('vocab.json: expected an object of ids');
  const ids = new Map<string, number>();
  for (const [piece, id] of Object.entries(parsed as Record<string, unknown>)) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0)
      throw new SyntaxError(`vocab.json: expected a whole number for "${piece.slice(0, 40)}"`);
    ids.set(piece, id);
  }
  const lines = mergesText.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  const ranks = new Map<string, number>();
  for (const line of lines) {
    if (!/^\S+ \S+$/.test(line)) throw new SyntaxError(`merges.txt: expected two pieces in a line, found "${line.slice(0, 40)}"`);
    ranks.set(line, ranks.size);
  }
  return { ids, ranks };
}
