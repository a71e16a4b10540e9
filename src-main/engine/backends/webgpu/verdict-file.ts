import { z } from 'zod';
import { recordFile } from '../../cache/record-file.ts';
import type { VerdictStore } from './self-test.ts';

const verdictSchema = z.array(
  z.object({ name: z.string(), ok: z.boolean(), error: z.number().nullable(), limit: z.number(), note: z.string() }).readonly(),
);

/** Verdicts in one JSON file of the user's cache. */
export function verdictFile(path: string): VerdictStore {
  return recordFile(path, verdictSchema.readonly());
}
