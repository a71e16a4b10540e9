import { AppError } from '../../contract/errors.ts';
import { readExactly, type ByteSource } from '../byte-source.ts';
import { crc32 } from './crc32.ts';

/** A chunk of a PNG file; `offset` is where its data starts. */
export interface PngChunk {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
}

export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const maxChunks = 200_000;
const latin1 = new TextDecoder('latin1');

/** The refusal of a PNG file that breaks its format. */
export function badPng(expected: string, got: string | number): AppError {
  return new AppError('badPicture', `This is not a valid PNG file: expected ${expected}, found ${got}.`, { expected, got });
}

/**
 * Lists the chunks from IHDR to IEND without reading image data. Throws AppError `badPicture` for a wrong signature, chunks that
 * run over the file's end, a first chunk other than IHDR or a missing IEND.
 */
export async function readPngChunks(source: ByteSource): Promise<PngChunk[]> {
  if (source.size < 8) throw badPng('a signature of 8 bytes', source.size);
  const signature = await readExactly(source, 0, 8);
  if (!signature.every((byte, index) => byte === pngSignature[index])) throw badPng('the PNG signature', 'other bytes');
  const chunks: PngChunk[] = [];
  let position = 8;
  for (;;) {
    if (position + 12 > source.size) throw badPng('an IEND chunk', 'the end of the file');
    const head = await readExactly(source, position, 8);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    const type = latin1.decode(head.subarray(4));
    if (!/^[A-Za-z]{4}$/.test(type)) throw badPng('a chunk name of four letters', JSON.stringify(type));
    if (position + 12 + length > source.size) throw badPng(`${length} bytes of ${type}`, source.size - position - 12);
    if (chunks.length === 0 && (type !== 'IHDR' || length !== 13)) throw badPng('IHDR with 13 bytes first', `${type} with ${length}`);
    chunks.push({ type, offset: position + 8, length });
    if (type === 'IEND') return chunks;
    if (chunks.length >= maxChunks) throw badPng(`at most ${maxChunks} chunks`, 'more');
    position += 12 + length;
  }
}

/** The data of a chunk. Throws AppError `badPicture` when its checksum is wrong. */
export async function readChunk(source: ByteSource, { type, offset, length }: PngChunk): Promise<Uint8Array> {
  const bytes = await readExactly(source, offset - 4, length + 8);
  const found = new DataView(bytes.buffer, bytes.byteOffset).getUint32(length + 4);
  const expected = crc32(bytes.subarray(0, length + 4));
  if (found !== expected) throw badPng(`checksum ${expected.toString(16)} of ${type}`, found.toString(16));
  return bytes.subarray(4, length + 4);
}

/** Size and sample format by IHDR, before anything is decoded. Throws AppError `badPicture`, `pictureTooLarge`. */
export async function readPngHeader(source: ByteSource, maxPixels = 64e6): Promise<PngHeader> {
  if (source.size < 33) throw badPng('at least 33 bytes', source.size);
  const signature = await readExactly(source, 0, 8);
  if (!signature.every((byte, index) => byte === pngSignature[index])) throw badPng('the PNG signature', 'other bytes');
  const data = await readChunk(source, { type: 'IHDR', offset: 16, length: 13 });
  const view = new DataView(data.buffer, data.byteOffset);
  const header = { width: view.getUint32(0), height: view.getUint32(4), bitDepth: data[8] ?? 0, colourType: data[9] ?? 0 };
  if (header.width === 0 || header.height === 0) throw badPng('at least one pixel', `${header.width}x${header.height}`);
  if (header.width * header.height <= maxPixels) return header;
  const message = `The picture is too large: expected at most ${maxPixels} pixels, found ${header.width}x${header.height}.`;
  throw new AppError('pictureTooLarge', message, { expected: maxPixels, got: header.width * header.height });
}
