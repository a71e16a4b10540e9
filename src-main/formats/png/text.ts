import { AppError } from '../../contract/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { readChunk, readPngChunks, type PngChunk } from './chunks.ts';

/** Inflates a zlib stream; must throw when more than `maxBytes` would come out. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;

export interface PngTexts {
  /** Text by keyword; the first of equal keywords counts. */
  readonly texts: ReadonlyMap<string, string>;
  /** What was skipped and why, as sentences. */
  readonly notes: readonly string[];
}

/** Most bytes of text, after inflating, that are taken from one picture. */
export const maxTextBytes = 1_000_000;
const maxTextChunks = 100;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8');

/** The tEXt, zTXt and iTXt texts of a PNG file within the limits. Throws AppError `badPicture` for a broken chunk list. */
export async function readPngTexts(source: ByteSource, inflate: Inflate): Promise<PngTexts> {
  const chunks = (await readPngChunks(source)).filter(({ type }) => type === 'tEXt' || type === 'zTXt' || type === 'iTXt');
  const texts = new Map<string, string>();
  const notes: string[] = [];
  let left = maxTextBytes;
  for (const chunk of chunks.slice(0, maxTextChunks)) {
    if (chunk.length > left) {
      notes.push(`A text of ${chunk.length} bytes was skipped: at most ${maxTextBytes} bytes of text are read from a picture.`);
      continue;
    }
    const found = await readText(source, chunk, left, inflate).catch((error: unknown) => skip(error, chunk, notes));
    if (!found) continue;
    left -= found.text.length;
    if (!texts.has(found.keyword)) texts.set(found.keyword, found.text);
  }
  if (chunks.length > maxTextChunks) notes.push(`Only the first ${maxTextChunks} of ${chunks.length} texts were read.`);
  return { texts, notes };
}

function skip(error: unknown, chunk: PngChunk, notes: string[]): undefined {
  if (error instanceof AppError && error.code === 'changedOnDisk') throw error;
  notes.push(`A text (${chunk.type}) was skipped: ${error instanceof Error ? error.message : String(error)}`);
}

async function readText(
  source: ByteSource,
  chunk: PngChunk,
  maxBytes: number,
  inflate: Inflate,
): Promise<{ keyword: string; text: string }> {
  const data = await readChunk(source, chunk);
  const keywordEnd = data.indexOf(0);
  if (keywordEnd < 1 || keywordEnd > 79) throw new RangeError(`keyword: expected 1 to 79 bytes, found ${keywordEnd}`);
  const keyword = latin1.decode(data.subarray(0, keywordEnd));
  const rest = data.subarray(keywordEnd + 1);
  if (chunk.type === 'tEXt') return { keyword, text: latin1.decode(rest) };
  if (chunk.type === 'zTXt') return { keyword, text: latin1.decode(await inflate(rest.subarray(1), maxBytes)) };
  const isCompressed = rest[0] === 1;
  const languageEnd = rest.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) throw new RangeError('iTXt: expected language and translated keyword, found none');
  const body = rest.subarray(translatedEnd + 1);
  return { keyword, text: utf8.decode(isCompressed ? await inflate(body, maxBytes) : body) };
}
