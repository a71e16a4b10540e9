import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMask, readPicture } from '../../src-main/engine/jobs/pictures.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-pictures-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function stored(name: string, bytes: Uint8Array): Promise<Record<string, string>> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { picture: path };
}

const frame = { width: 16, height: 16 };

function refusal(assets: Record<string, string>): Promise<unknown> {
  return readPicture('picture', assets, frame).then(
    () => 'read',
    (error: unknown) => error,
  );
}

describe('a foreign picture', () => {
  test('is refused by its header when it claims more pixels than can be held', async () => {
    const found = await refusal(await stored('huge.png', png(65_535, 65_535, Buffer.alloc(1000))));
    expect(found).toMatchObject({ code: 'badPicture' });
  });

  test('is refused when it would unpack to more than 64 million pixels', async () => {
    const rows = deflateSync(Buffer.alloc(14_000 * (14_000 * 3 + 1)), { level: 1 });
    const found = await refusal(await stored('bomb.png', png(14_000, 14_000, rows, 2)));
    expect(found).toMatchObject({ code: 'badPicture' });
  });

  test('is refused when it is cut short', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2_654_435_761) >>> 24);
    const image = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const whole of [await image.clone().jpeg().toBuffer(), await image.clone().png().toBuffer()]) {
      const half = whole.subarray(0, whole.length / 2);
      expect(await refusal(await stored('short', half))).toMatchObject({ code: 'badPicture' });
    }
  });

  test('is refused when it is no picture', async () => {
    expect(await refusal(await stored('page.png', Buffer.from('<!DOCTYPE html><p>Not found</p>')))).toMatchObject({ code: 'badPicture' });
  });

  test('is refused when it is a document that only looks like a picture', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="red"/></svg>';
    expect(await refusal(await stored('drawing.png', Buffer.from(svg)))).toMatchObject({ code: 'badPicture' });
  });

  test('that is not there is named', async () => {
    expect(await refusal({})).toMatchObject({ code: 'assetMissing' });
  });

  test('of 16 bits, four inks or another orientation becomes upright 8-bit RGB', async () => {
    const red = sharp({ create: { width: 8, height: 4, channels: 3, background: '#ff0000' } });
    const files = [
      await red.clone().png().toColourspace('rgb16').toBuffer(),
      await red.clone().toColourspace('cmyk').tiff().toBuffer(),
      await red.clone().jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer(),
    ];
    for (const [index, bytes] of files.entries()) {
      const { channels, data, width, height } = await readPicture('picture', await stored(`odd-${index}`, bytes));
      expect([channels, data.length]).toEqual([3, width * height * 3]);
      expect(data[0]).toBeGreaterThan(200);
      expect(data[2]).toBeLessThan(60);
      expect([width, height]).toEqual(index === 2 ? [4, 8] : [8, 4]);
    }
  });

  test('of another size than the frame is fitted, and a mask stays hard', async () => {
    const half = Buffer.from([255, 0, 255, 0]);
    const bytes = await sharp(half, { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    const mask = await readMask({ asset: 'picture' }, await stored('mask.png', bytes), frame);
    expect([mask.width, mask.height]).toEqual([16, 16]);
    expect(new Set(mask.data)).toEqual(new Set([0, 1]));
  });
});

/** A PNG with a header of our choice and the given image data. */
function png(width: number, height: number, data: Uint8Array, colour = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
