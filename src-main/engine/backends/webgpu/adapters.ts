import { createHash } from 'node:crypto';
import process from 'node:process';
import { applicationVersion } from '../../../contract/version.ts';
import type { DawnDriver } from './device/dawn.ts';
import { readFacts, type AdapterFactSheet } from './device/facts.ts';
import { requestAdapter, type OpenOptions } from './device/open.ts';

/** A GPU that could be opened. */
export interface FoundAdapter {
  readonly facts: AdapterFactSheet;
  /** What opens it. */
  readonly options: OpenOptions;
  /** Changes with the adapter, its driver, the way to it and the application. */
  readonly key: string;
}

/** Dawn lists no adapters; it gives the best one for a wish. On Windows only Vulkan has matrix units, so both ways are tried. */
const drivers: readonly DawnDriver[] = process.platform === 'win32' ? ['default', 'vulkan'] : ['default'];
const wishes: readonly OpenOptions[] = drivers.flatMap((driver) => [
  { driver, power: 'high-performance' as const },
  { driver, power: 'low-power' as const },
]);

/** The GPUs of this computer, each once for each way to it. Opens no device. */
export async function findAdapters(request: typeof requestAdapter = requestAdapter): Promise<FoundAdapter[]> {
  const found = new Map<string, FoundAdapter>();
  for (const options of wishes) {
    const adapter = await request(options);
    if (!adapter) continue;
    const facts = readFacts(adapter);
    const key = createHash('sha256')
      .update(JSON.stringify([applicationVersion, options.driver, facts]))
      .digest('hex')
      .slice(0, 32);
    if (!found.has(key)) found.set(key, { facts, options, key });
  }
  return [...found.values()];
}
