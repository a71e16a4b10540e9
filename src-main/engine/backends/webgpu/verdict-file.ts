import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { VerdictStore } from './self-test.ts';

const verdictsSchema = z.record(
  z.string(),
  z.array(z.object({ name: z.string(), ok: z.boolean(), error: z.number().nullable(), limit: z.number(), note: z.string() })),
);

/** Devices and drivers come and go; older verdicts than this many are forgotten. */
const mostKept = 16;

/** Verdicts in one JSON file of the user's cache. A file that cannot be read counts as empty: the self-test runs again. */
export function verdictFile(path: string): VerdictStore {
  const readAll = async (): Promise<z.output<typeof verdictsSchema>> => {
    try {
      return verdictsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch {
      return {};
    }
  };
  return {
    read: async (key) => (await readAll())[key],
    async write(key, checks) {
      const { [key]: _, ...others } = await readAll();
      const kept = Object.entries(others).slice(1 - mostKept);
      await mkdir(dirname(path), { recursive: true });
      const fresh = `${path}.${process.pid}`;
      await writeFile(fresh, JSON.stringify(Object.fromEntries([...kept, [key, checks]])));
      await rename(fresh, path);
    },
  };
}
