import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { cacheFolder } from '../cache/cache-folder.ts';
import { recordFile } from '../cache/record-file.ts';

/** Smaller files are read faster than the list of hashes. */
const leastRemembered = 32 * 2 ** 20;
const remembered = recordFile(join(cacheFolder(), 'file-hashes.json'), z.string().regex(/^[0-9a-f]{64}$/), 5000);
const known = new Map<string, Promise<string>>();

/** SHA-256 of a file in hex, read once as long as path, size and time stay the same; of large files also over a restart. */
export async function fileHash(file: string): Promise<string> {
  const { size, identity } = await identify(file);
  const found = known.get(identity);
  if (found) return found;
  const hashing = size < leastRemembered ? hashOf(file) : rememberedHash(file, identity);
  known.set(identity, hashing);
  hashing.catch(() => known.delete(identity));
  return hashing;
}

/** The hash of a file that is small or was read before; none where it would take seconds. */
export async function knownHash(file: string): Promise<string | undefined> {
  const { size, identity } = await identify(file);
  return size < leastRemembered ? fileHash(file) : remembered.read(identity);
}

async function identify(file: string): Promise<{ readonly size: number; readonly identity: string }> {
  const { size, mtimeMs } = await stat(file);
  return { size, identity: `${file} ${size} ${mtimeMs}` };
}

async function rememberedHash(file: string, identity: string): Promise<string> {
  const found = await remembered.read(identity);
  if (found !== undefined) return found;
  const hash = await hashOf(file);
  await remembered.write(identity, hash);
  return hash;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
