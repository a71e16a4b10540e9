import type { Graph } from '../../../../kernels/graph/graph.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { AppError } from '../../../contract/errors.ts';
import type { WeightStore } from '../../weights.ts';
import type { Backend, Executable, TensorMap } from '../backend.ts';
import { tune, tuned, type TuningTable } from './autotune.ts';
import { verdict, type KernelCheck, type VerdictStore } from './self-test.ts';
import { webgpuBackend, type WebgpuBackend, type WebgpuOptions } from './webgpu.ts';

export interface ManagedOptions {
  readonly device?: WebgpuOptions;
  /** Keeps verdicts between starts; without it the self-test runs at every start. */
  readonly verdicts?: VerdictStore;
  /** Keeps which kernels were fastest. With it, each network's products are timed before it is first compiled. */
  readonly tuning?: TuningStore;
  readonly log?: (message: string) => void;
}

export interface TuningStore {
  read(): Promise<TuningTable>;
  write(table: TuningTable): Promise<void>;
}

export interface ManagedBackend extends Backend {
  readonly checks: readonly KernelCheck[];
  readonly opened: WebgpuBackend['opened'];
}

/** Ways to run a device, best first: each gives up something that a driver may have wrong. */
const ladder: readonly { readonly words: string; readonly options: WebgpuOptions }[] = [
  { words: 'with matrix units', options: {} },
  { words: 'without matrix units', options: { useMatrix: false } },
  { words: 'in f32 without matrix units', options: { useMatrix: false, storage: 'f32' } },
  { words: 'with every check of the driver', options: { useMatrix: false, storage: 'f32', profile: 'safe' } },
];

/**
 * The graphics card in the best way in which it passes its self-test.
 * @throws AppError `noGpu` where there is none, `gpuUnreliable` naming the first kernel that is wrong in every way
 */
export async function managedWebgpu({ device = {}, verdicts, tuning, log }: ManagedOptions = {}): Promise<ManagedBackend> {
  let failed: KernelCheck | undefined;
  let tried = '';
  for (const { words, options } of ladder) {
    const backend = await webgpuBackend({ ...options, ...device });
    const way = JSON.stringify([backend.target, backend.opened.profile]);
    if (way === tried) continue;
    tried = way;
    const checks = await verdict(backend.opened, backend.target, verdicts);
    failed = checks.find(({ ok }) => !ok);
    if (!failed) return resilient(backend, checks, { tuning, log });
    log?.(`${backend.device} ${words}: ${failed.name} fails its self-test (${failed.error ?? failed.note}).`);
    backend.close();
  }
  throw new AppError('gpuUnreliable', `The graphics card computes ${failed!.name} wrongly and is not used.`, { kernel: failed!.name });
}

interface Resilience {
  readonly tuning: TuningStore | undefined;
  readonly log: ManagedOptions['log'];
}

/** A back end that opens its device again once it was lost, in the safe profile. */
function resilient(first: WebgpuBackend, checks: readonly KernelCheck[], { tuning, log }: Resilience): ManagedBackend {
  let backend = first;
  const current = async (): Promise<WebgpuBackend> => {
    try {
      backend.opened.check();
    } catch (error) {
      log?.(`${backend.device} is opened again: ${error instanceof Error ? error.message : String(error)}`);
      const { storage } = backend.target;
      backend = await webgpuBackend({ storage, useMatrix: backend.target.matrix !== undefined, profile: 'safe' });
    }
    return backend;
  };
  return {
    name: 'webgpu',
    device: first.device,
    version: first.version,
    checks,
    opened: first.opened,
    async compile(graph, weights) {
      const device = await current();
      const prefer = tuning && (await timedChoice(device, graph, tuning));
      return finiteExecutable(device, graph, weights, { prefer, log });
    },
  };
}

async function timedChoice({ opened, target }: WebgpuBackend, graph: Graph, store: TuningStore): Promise<WgslTarget['prefer']> {
  const known = await store.read();
  const table = await tune(opened, target, graph, known);
  if (Object.keys(table).length > Object.keys(known).length) await store.write(table);
  return tuned(table);
}

interface RunChoice {
  readonly prefer: WgslTarget['prefer'];
  readonly log: ManagedOptions['log'];
}

/** Runs in the device's storage; the first result that is not finite makes the network f32 for good, once. */
async function finiteExecutable(
  backend: WebgpuBackend,
  graph: Graph,
  weights: WeightStore,
  { prefer, log }: RunChoice,
): Promise<Executable> {
  let executable: Executable = await backend.compile(graph, weights, { prefer });
  let isWhole = backend.target.storage === 'f32';
  return {
    async run(inputs: TensorMap) {
      try {
        return await executable.run(inputs);
      } catch (error) {
        if (isWhole || !(error instanceof AppError) || error.code !== 'nonFinite') throw error;
        log?.(`${error.message} The network is computed in f32 from here on.`);
        isWhole = true;
        await executable.dispose();
        executable = await backend.compile(graph, weights, { storage: 'f32', prefer });
        return executable.run(inputs);
      }
    },
    dispose: () => executable.dispose(),
  };
}
