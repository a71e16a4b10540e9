import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** What was found out, by key. It may be lost at any time: it is found out again. */
export interface Records<T> {
  read(key: string): Promise<T | undefined>;
  write(key: string, value: T): Promise<void>;
}

/** Devices and drivers come and go. */
const usuallyKept = 16;

/**
 * Records in one JSON file of the user's cache. A file that cannot be read counts as empty; one that cannot be written stays as it was.
 * @param mostKept records older than so many are forgotten
 */
export function recordFile<T>(path: string, schema: z.ZodType<T>, mostKept = usuallyKept): Records<T> {
  const fileSchema = z.record(z.string(), schema);
  const readAll = async (): Promise<Record<string, T>> => {
    try {
      return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch {
      return {};
    }
  };
  const replace = async (key: string, value: T): Promise<void> => {
    const { [key]: _, ...others } = await readAll();
    const kept = Object.entries(others).slice(1 - mostKept);
    const fresh = `${path}.${process.pid}`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(fresh, JSON.stringify(Object.fromEntries([...kept, [key, value]])));
      await rename(fresh, path);
    } catch {
      // A full or read-only disk costs the next start a second, and must not cost a picture.
    }
  };
  let last = Promise.resolve();
  return {
    read: async (key) => (await readAll())[key],
    write: (key, value) => (last = last.then(() => replace(key, value))),
  };
}

/** Records that are forgotten with the process. */
export function recordsInMemory<T>(): Records<T> {
  const known = new Map<string, T>();
  return {
    read: (key) => Promise.resolve(known.get(key)),
    write: (key, value) => Promise.resolve(void known.set(key, value)),
  };
}
