import { inflateSync } from 'node:zlib';
import { recipeSchema, type Recipe } from '../../contract/recipe.ts';
import { encodePng, pngChunk } from './encode-png.ts';

/** Text of one chunk, unpacked. */
const maxTextBytes = 2 ** 20;
const recipeKeyword = 'strata';

/** A finished picture with its recipe inside, ready to be saved. No time and no name in it: the same picture is the same file. */
export function encodePicture(picture: { width: number; height: number; rgb: Uint8Array; recipe: Recipe }): Promise<Uint8Array> {
  return encodePng(picture, [internationalText(recipeKeyword, JSON.stringify(picture.recipe))]);
}

export interface PictureFile {
  readonly width: number;
  readonly height: number;
  readonly recipe: Recipe | null;
  /** Text chunks by keyword: what other programs wrote. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What a PNG says about itself; null for what is no PNG. Pixels are not looked at. */
export function readPictureFile(bytes: Uint8Array): PictureFile | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 33 || view.readUInt32BE(0) !== 0x8950_4e47 || view.toString('latin1', 12, 16) !== 'IHDR') return null;
  const texts = new Map<string, string>();
  for (let offset = 8; offset + 12 <= view.length;) {
    const length = view.readUInt32BE(offset);
    const type = view.toString('latin1', offset + 4, offset + 8);
    if (type === 'IEND' || offset + 12 + length > view.length) break;
    const text = length <= maxTextBytes ? readText(type, view.subarray(offset + 8, offset + 8 + length)) : null;
    if (text && !texts.has(text.keyword)) texts.set(text.keyword, text.value);
    offset += 12 + length;
  }
  return { width: view.readUInt32BE(16), height: view.readUInt32BE(20), recipe: parseRecipe(texts.get(recipeKeyword)), texts };
}

function parseRecipe(text: string | undefined): Recipe | null {
  if (text === undefined) return null;
  try {
    const parsed = recipeSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** iTXt, uncompressed, no language (the PNG standard, 11.3.3.4). */
function internationalText(keyword: string, value: string): Uint8Array {
  return pngChunk('iTXt', Buffer.concat([Buffer.from(keyword, 'latin1'), Buffer.alloc(5), Buffer.from(value, 'utf8')]));
}

function readText(type: string, data: Buffer): { keyword: string; value: string } | null {
  const end = data.indexOf(0);
  if (end < 1) return null;
  const keyword = data.toString('latin1', 0, end);
  const rest = data.subarray(end + 1);
  try {
    if (type === 'tEXt') return { keyword, value: rest.toString('latin1') };
    if (type === 'zTXt') return { keyword, value: inflate(rest.subarray(1)).toString('latin1') };
    if (type !== 'iTXt') return null;
    const language = rest.indexOf(0, 2);
    const translated = rest.indexOf(0, language + 1);
    if (language < 0 || translated < 0) return null;
    const body = rest.subarray(translated + 1);
    return { keyword, value: (rest[0] === 1 ? inflate(body) : body).toString('utf8') };
  } catch {
    return null;
  }
}

function inflate(data: Buffer): Buffer {
  return inflateSync(data, { maxOutputLength: maxTextBytes });
}
