import { bytesSource } from '../byte-source.ts';
import { readPngChunks } from './chunks.ts';
import { crc32 } from './crc32.ts';

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
    return chunk(
      'tEXt',
      key,
      Uint8Array.of(0),
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    );
  return chunk('iTXt', key, Uint8Array.of(0, 0, 0, 0, 0), encoder.encode(text.replaceAll('\0', '')));
}

function chunk(type: string, ...data: readonly Uint8Array[]): Uint8Array {
  const name = encoder.encode(type);
  const body = concatenate([name, ...data]);
  const head = new Uint8Array(4);
  const tail = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, body.length - 4);
  new DataView(tail.buffer).setUint32(0, crc32(body));
  return concatenate([head, body, tail]);
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
