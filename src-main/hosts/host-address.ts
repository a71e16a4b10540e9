import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { saveAtomically } from '../studio/files/atomic-save.ts';
import { nodeFileSystem } from '../studio/files/file-system.ts';
import type { Door } from './serve-address.ts';

/** Where a browser host of a data folder can be reached, or could be until it was killed. */
interface HostAddress {
  readonly address: string;
  readonly isRunning: boolean;
}

const addressPattern = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/([\w-]{43})\/$/;

/** So that a second start can say where the first one is. Readable by the owner only; removed when the host ends in order. */
export async function rememberAddress(path: string, address: string): Promise<void> {
  const bytes = Buffer.from(JSON.stringify({ address, pid: process.pid }));
  await saveAtomically({ ...nodeFileSystem, writeNewFile: writePrivately }, path, [bytes]);
}

const writePrivately = (path: string, parts: readonly Uint8Array[]) => writeFile(path, Buffer.concat(parts), { mode: 0o600, flag: 'wx' });

/** The address of a host that runs; null when there is none. */
export function runningAddress(path: string): string | null {
  const found = read(path);
  return found?.isRunning === true ? found.address : null;
}

/** Port and key of a host that was killed: its pages, which are still open, find the next one there. Null where it ended in order. */
export function abandonedDoor(path: string): Door | null {
  const found = read(path);
  const parts = found && !found.isRunning ? addressPattern.exec(found.address) : null;
  const [, port, token] = parts ?? [];
  return port === undefined || token === undefined ? null : { port: Number(port), token };
}

function read(path: string): HostAddress | null {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof found !== 'object' || found === null || !('address' in found) || !('pid' in found)) return null;
    const { address, pid } = found;
    if (typeof address !== 'string' || !addressPattern.test(address) || typeof pid !== 'number') return null;
    return { address, isRunning: pid !== process.pid && isAlive(pid) };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
