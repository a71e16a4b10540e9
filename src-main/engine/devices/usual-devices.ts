import { join } from 'node:path';
import { z } from 'zod';
import type { Backend } from '../backends/backend.ts';
import { cacheFolder } from '../cache/cache-folder.ts';
import { recordFile } from '../cache/record-file.ts';
import type { DeviceParts, GpuCandidate } from './devices.ts';
import { timeBackend } from './speed-test.ts';

/** The CPU and the GPUs that Dawn finds, with what was found out about them in the user's cache. */
export function usualDevices(cpu: Backend, folder = cacheFolder()): DeviceParts {
  return {
    cpu,
    findGpus: () => findGpus(folder),
    time: (backend) => timeBackend(backend),
    choices: recordFile(join(folder, 'device-choices.json'), z.object({ device: z.string(), reason: z.string() })),
    attempts: recordFile(join(folder, 'gpu-attempts.json'), z.number()),
  };
}

/** Dawn is loaded only now: a computer on which it does not load still has its processor. */
async function findGpus(folder: string): Promise<GpuCandidate[]> {
  const [{ findAdapters }, { isSoftware }, { managedWebgpu }, { verdictFile }, { tuningFile }] = await Promise.all([
    import('../backends/webgpu/adapters.ts'),
    import('../backends/webgpu/device/facts.ts'),
    import('../backends/webgpu/managed.ts'),
    import('../backends/webgpu/verdict-file.ts'),
    import('../backends/webgpu/tuning-file.ts'),
  ]);
  const verdicts = verdictFile(join(folder, 'gpu-verdicts.json'));
  const tuning = tuningFile(join(folder, 'gpu-tuning.json'));
  return (await findAdapters()).map(({ key, facts, options }) => ({
    key,
    isSoftware: isSoftware(facts),
    open: (log) => managedWebgpu({ device: options, verdicts, tuning, log }),
  }));
}
