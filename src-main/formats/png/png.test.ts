import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../byte-source.ts';
import { readPngChunks, readPngHeader } from './chunks.ts';
import { crc32 } from './crc32.ts';
import { insertPngTexts } from './insert-text.ts';
import { readPngTexts, type Inflate } from './text.ts';

const inflate: Inflate = (bytes, maxBytes) => inflateSync(bytes, { maxOutputLength: maxBytes });
const encoder = new TextEncoder();

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(encoder.encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function png(width: number, height: number, ...more: Uint8Array[]): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 2], 8);
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', new Uint8Array(5)),
    chunk('IEND', new Uint8Array(0)),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const texts = async (bytes: Uint8Array): Promise<[string, string][]> => [...(await readPngTexts(bytesSource(bytes), inflate)).texts];

describe('texts of a PNG file', () => {
  it('are put after the header and read back, Latin-1 as tEXt and other text as iTXt', async () => {
    const written = await insertPngTexts(png(1, 1), new Map([['parameters', 'a café'], ['strata', '{"prompt":"日本 😀"}']])); // prettier-ignore
    expect(await texts(written)).toEqual([
      ['parameters', 'a café'],
      ['strata', '{"prompt":"日本 😀"}'],
    ]);
    expect((await readPngChunks(bytesSource(written))).map(({ type }) => type)).toEqual(['IHDR', 'tEXt', 'iTXt', 'IDAT', 'IEND']);
  });

  it('replace older ones of the same keyword', async () => {
    const once = await insertPngTexts(png(1, 1), new Map([['strata', 'one'], ['other', 'kept']])); // prettier-ignore
    expect(await texts(await insertPngTexts(once, new Map([['strata', 'two']])))).toEqual([
      ['strata', 'two'],
      ['other', 'kept'],
    ]);
    await expect(insertPngTexts(png(1, 1), new Map([[' bad', 'x']]))).rejects.toThrow('keyword');
  });

  it('are inflated within the limit', async () => {
    const zipped = (text: string): Uint8Array => Uint8Array.from([...encoder.encode('zipped'), 0, 0, ...deflateSync(text)]);
    expect(await texts(png(1, 1, chunk('zTXt', zipped('hello'))))).toEqual([['zipped', 'hello']]);
    const bomb = await readPngTexts(bytesSource(png(1, 1, chunk('zTXt', zipped('x'.repeat(20_000_000))))), inflate);
    expect([...bomb.texts]).toEqual([]);
    expect(bomb.notes[0]).toContain('was skipped');
  });

  it('are skipped when they are too long or broken', async () => {
    const long = chunk('tEXt', Uint8Array.from([...encoder.encode('long'), 0, ...new Uint8Array(1_000_001).fill(65)]));
    const noKeyword = chunk('tEXt', encoder.encode('no keyword'));
    const wrongSum = chunk('tEXt', encoder.encode('a\0b')).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte));
    const found = await readPngTexts(
      bytesSource(png(1, 1, long, noKeyword, wrongSum, chunk('tEXt', encoder.encode('good\0text')))),
      inflate,
    );
    expect([...found.texts]).toEqual([['good', 'text']]);
    expect(found.notes).toHaveLength(3);
  });
});

describe('a PNG file', () => {
  it('is refused by its header when it is too large or empty', async () => {
    await expect(readPngHeader(bytesSource(png(65535, 65535)))).rejects.toMatchObject({ code: 'pictureTooLarge' });
    await expect(readPngHeader(bytesSource(png(0, 0)))).rejects.toMatchObject({ code: 'badPicture' });
    expect(await readPngHeader(bytesSource(png(8000, 8000)))).toEqual({ width: 8000, height: 8000, bitDepth: 8, colourType: 2 });
  });

  it('is refused when it is something else, cut or has a wrong checksum', async () => {
    const good = png(3, 2);
    for (const bytes of [
      new Uint8Array(0),
      encoder.encode('<svg xmlns="x"></svg> and more, so that it is long'),
      good.subarray(0, good.length - 13),
      good.subarray(0, 20),
    ]) {
      await expect(readPngChunks(bytesSource(bytes))).rejects.toMatchObject({ code: 'badPicture' });
    }
    const flipped = good.map((byte, i) => (i === 19 ? 9 : byte));
    await expect(readPngHeader(bytesSource(flipped))).rejects.toMatchObject({ code: 'badPicture' });
  });
});
