import { concatenate } from '../../contract/concatenate.ts';
import { bytesSource } from '../byte-source.ts';
import { readPngChunks } from './chunks.ts';
import { pngChunk } from './write-chunk.ts';

const encoder = new TextEncoder();

/**
 * The PNG with these texts after IHDR, and without older texts of the same keywords. Pure Latin-1 goes into tEXt, which every
 * program reads, other text into iTXt (UTF-8, not compressed). Throws AppError `badPicture`; RangeError for a bad keyword.
 */
export async function insertPngTexts(
  png: Uint8Array,
  texts: ReadonlyMap<string, string>,
  { alwaysInternational = [] }: { readonly alwaysInternational?: readonly string[] } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = await readPngChunks(bytesSource(png));
  const kept = chunks.filter(({ type, offset, length }) => {
    if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') return true;
    const end = png.subarray(offset, offset + length).indexOf(0);
    return !texts.has(String.fromCharCode(...png.subarray(offset, offset + Math.min(79, Math.max(0, end)))));
  });
  const pieces: Uint8Array[] = [png.subarray(0, 8)];
  for (const { type, offset, length } of kept) {
    pieces.push(png.subarray(offset - 8, offset + length + 4));
    if (type !== 'IHDR') continue;
    for (const [keyword, text] of texts) pieces.push(textChunk(keyword, text, alwaysInternational.includes(keyword)));
  }
  return concatenate(pieces);
}

function textChunk(keyword: string, text: string, isInternational: boolean): Uint8Array {
  if (!/^[!-~](?:[ -~]{0,77}[!-~])?$/.test(keyword))
    throw new RangeError(`keyword: expected 1 to 79 printable characters, got "${keyword}"`);
  const key = encoder.encode(keyword);
  const isLatin1 = /^[\n\r\t -~\u00a0-\u00ff]*$/.test(text);
  if (isLatin1 && !isInternational)
    return pngChunk(
      'tEXt',
      key,
      Uint8Array.of(0),
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    );
  return pngChunk('iTXt', key, Uint8Array.of(0, 0, 0, 0, 0), encoder.encode(text.replaceAll('\0', '')));
}
