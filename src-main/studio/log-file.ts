import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from '../contract/protocol.ts';

const maxBytes = 2 * 2 ** 20;

/** Log of one process as JSON lines in a file that is turned over at 2 MiB. Logging never fails its caller. */
export function openLog(folder: string, name: string, now: () => number): (level: LogLevel, text: string) => void {
  const path = join(folder, `${name}.log`);
  let bytes = 0;
  try {
    mkdirSync(folder, { recursive: true });
    bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return () => undefined;
  }
  return (level, text) => {
    const line = JSON.stringify({ time: new Date(now()).toISOString(), level, text }) + '\n';
    try {
      if (bytes > maxBytes) {
        renameSync(path, join(folder, `${name}.old.log`));
        bytes = 0;
      }
      appendFileSync(path, line);
      bytes += line.length;
    } catch {
      // A full disk must not become a second failure.
    }
  };
}
