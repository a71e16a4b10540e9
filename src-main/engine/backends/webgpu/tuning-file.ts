import { z } from 'zod';
import { recordFile } from '../../cache/record-file.ts';
import type { TuningStore } from './autotune.ts';

/** Tables of the fastest kernels, one a device, in one JSON file of the user's cache. */
export function tuningFile(path: string): TuningStore {
  return recordFile(path, z.record(z.string(), z.string()).readonly());
}
