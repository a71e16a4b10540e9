import type { Graph } from '../../../../kernels/graph/graph.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { AppError } from '../../../contract/errors.ts';
import type { WeightStore } from '../../weights.ts';
import type { Backend, Executable, TensorMap } from '../backend.ts';
import { deviceTimer, isTunable } from './autotune-timer.ts';
import { tune, tuned, type TuningStore } from './autotune.ts';
import { verdict, verdictKey, type KernelCheck, type VerdictStore } from './self-test.ts';
import { webgpuBackend, type WebgpuBackend, type WebgpuOptions } from './webgpu.ts';

export interface ManagedOptions {
  readonly device?: WebgpuOptions;
  /** Keeps verdicts between starts; without it the self-test runs at every start. */
  readonly verdicts?: VerdictStore;
  /** Keeps which kernels were fastest. With it, the products of a network are timed before it is first compiled, where the device has a clock. */
  readonly tuning?: TuningStore;
  /** Times products on a software adapter too. */
  readonly tunesSoftware?: boolean;
  readonly log?: (message: string) => void;
  /** Opens a device; another one in tests. */
  readonly open?: (options: WebgpuOptions) => Promise<WebgpuBackend>;
}

export interface ManagedBackend extends Backend {
  /** Of the device that is open now. */
  readonly checks: readonly KernelCheck[];
  readonly opened: WebgpuBackend['opened'];
  /** Closes the device; executables are of no use afterwards. */
  close(): void;
}

interface Rung {
  readonly words: string;
  readonly options: WebgpuOptions;
}

/** Ways to run a device, best first: each gives up something that a driver may have wrong. */
const ladder: readonly Rung[] = [
  { words: 'with matrix units', options: {} },
  { words: 'without matrix units', options: { useMatrix: false } },
  { words: 'in f32 without matrix units', options: { useMatrix: false, storage: 'f32' } },
  { words: 'with every check of the driver', options: { useMatrix: false, storage: 'f32', profile: 'safe' } },
];

interface Tested {
  readonly backend: WebgpuBackend;
  readonly checks: readonly KernelCheck[];
}

/**
 * The graphics card in the best way in which it passes its self-test. Once it is lost it is opened again in the safe profile, and tested
 * again: what made it stop may be a new driver.
 * @throws AppError `noGpu` where there is none, `gpuUnreliable` naming the first kernel that is wrong in every way
 */
export async function managedWebgpu(options: ManagedOptions = {}): Promise<ManagedBackend> {
  let current = await openTested(ladder, options);
  const device = async (): Promise<WebgpuBackend> => {
    try {
      current.backend.opened.check();
    } catch (error) {
      const { device: name, target } = current.backend;
      options.log?.(`${name} is opened again: ${error instanceof Error ? error.message : String(error)}`);
      const same = { storage: target.storage, useMatrix: target.matrix !== undefined };
      const safe = [{ options: same }, ...ladder.slice(1)].map((rung): Rung => ({ words: 'with every check of the driver', options: { ...rung.options, profile: 'safe' } })); // prettier-ignore
      current = await openTested(safe, options);
    }
    return current.backend;
  };
  return {
    name: 'webgpu',
    device: current.backend.device,
    version: current.backend.version,
    get memory() {
      return current.backend.memory!;
    },
    get checks() {
      return current.checks;
    },
    get opened() {
      return current.backend.opened;
    },
    async compile(graph, weights) {
      const backend = await device();
      const prefer = await timedChoice(backend, graph, options);
      return finiteExecutable(backend, graph, weights, { prefer, log: options.log });
    },
    close: () => current.backend.close(),
  };
}

/** The device by the first rung on which it passes. */
async function openTested(rungs: readonly Rung[], { device = {}, verdicts, log, open = webgpuBackend }: ManagedOptions): Promise<Tested> {
  let failed: KernelCheck | undefined;
  let tried = '';
  for (const { words, options } of rungs) {
    const backend = await open({ ...options, ...device });
    const way = JSON.stringify([backend.target, backend.opened.profile]);
    if (way === tried) {
      backend.close();
      continue;
    }
    tried = way;
    const checks = await verdict(backend.opened, backend.target, verdicts);
    failed = checks.find(({ ok }) => !ok);
    if (!failed) return { backend, checks };
    log?.(`${backend.device} ${words}: ${failed.name} fails its self-test (${failed.error ?? failed.note}).`);
    backend.close();
  }
  throw new AppError('gpuUnreliable', `The graphics card computes ${failed!.name} wrongly and is not used.`, { kernel: failed!.name });
}

async function timedChoice({ opened, target }: WebgpuBackend, graph: Graph, options: ManagedOptions): Promise<WgslTarget['prefer']> {
  const { tuning, tunesSoftware = false, log } = options;
  if (!tuning || !(tunesSoftware || isTunable(opened))) return undefined;
  const key = verdictKey(opened, target);
  const known = (await tuning.read(key)) ?? {};
  try {
    const table = await tune(graph, target, { timer: deviceTimer(opened, target), known });
    if (Object.keys(table).length > Object.keys(known).length) await tuning.write(key, table);
    return tuned(table);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log?.(`The kernels could not be timed: ${error.message}`);
    return tuned(known);
  }
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
