import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const known = new Map<string, Promise<string>>();

/**
 * SHA-256 of a file in hex, read once as long as the file does not change.
 * @param identity what changes when the file does
 */
export function fileHash(file: string, identity: string): Promise<string> {
  const found = known.get(identity);
  if (found) return found;
  const hashing = hashOf(file);
  known.set(identity, hashing);
  hashing.catch(() => known.delete(identity));
  return hashing;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
