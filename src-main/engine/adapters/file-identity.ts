import { stat } from 'node:fs/promises';
import type { WeightMap } from '../../../models/checkpoint/types.ts';

/** Names an add-on's file as it is now: another text when the file is replaced. */
export async function fileIdentity(path: string, weights: WeightMap): Promise<string> {
  const [first] = weights.values();
  const info = await stat(first?.file ?? path);
  return `${path} ${info.size} ${info.mtimeMs}`;
}
