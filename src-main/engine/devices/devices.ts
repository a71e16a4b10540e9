import { AppError } from '../../contract/errors.ts';
import type { Backend } from '../backends/backend.ts';
import type { ManagedBackend } from '../backends/webgpu/managed.ts';
import type { Records } from '../cache/record-file.ts';
import type { DeviceChoice, WorkHooks } from '../engine-service.ts';
import type { ExpectedDevice } from '../jobs/plan.ts';
import { fastest, onlySoftware, type GpuTrial } from './choice.ts';

type Hooks = Pick<WorkHooks, 'log' | 'checkpoint' | 'progress'>;

/** A GPU that was found and has not been opened. */
export interface GpuCandidate {
  /** Changes with the device, its driver and the application. */
  readonly key: string;
  readonly isSoftware: boolean;
  /** Opens it, and tests it where that has not been done. Throws AppError where it is not to be used. */
  open(log: (message: string) => void): Promise<ManagedBackend>;
}

/** What is kept of a choice. */
export interface StoredChoice {
  /** Key of the GPU; `cpu` for the CPU. */
  readonly device: string;
  readonly reason: string;
}

export interface DeviceParts {
  readonly cpu: Backend;
  /** The GPUs of this computer, the most powerful first. */
  findGpus(): Promise<readonly GpuCandidate[]>;
  /** Milliseconds of a pass of the speed test. */
  time(backend: Backend): Promise<number>;
  readonly choices: Records<StoredChoice>;
  /** Tests of a GPU that were begun and not ended: a driver may take the engine with it. */
  readonly attempts: Records<number>;
}

/** What a job is drawn on. */
export interface Drawing {
  readonly backend: Backend;
  /** The same where it is a GPU. */
  readonly card?: ManagedBackend;
  /** Why it was chosen, in one sentence. */
  readonly reason: string;
}

/** Tests of one GPU that may end the engine before that GPU is left alone. */
const mostAttempts = 2;

/** The devices of this computer: opened when they are first needed, chosen among by measurement, and kept. */
export class Devices {
  readonly #parts: DeviceParts;
  #gpus: Promise<readonly GpuCandidate[]> | undefined;
  readonly #opened = new Map<string, Promise<ManagedBackend>>();
  #auto: Promise<Drawing> | undefined;
  #chosen: Drawing | undefined;
  /** The GPU that the user asked for. */
  #used: Drawing | undefined;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
  }

  get cpu(): Backend {
    return this.#parts.cpu;
  }

  /** The GPU that the measurement chose, once it has been made in this process. */
  get chosenCard(): ManagedBackend | undefined {
    return this.#chosen?.card;
  }

  /** Throws AppError `deviceMissing` for a GPU where there is none that computes rightly. */
  async open(choice: DeviceChoice, hooks: Hooks): Promise<Drawing> {
    const drawing = await this.#open(choice, hooks);
    hooks.log('debug', `Drawing on ${drawing.backend.device}. ${drawing.reason}`);
    return drawing;
  }

  /** What a choice would mean, as far as that is known without opening anything. */
  async expected(choice: DeviceChoice): Promise<ExpectedDevice> {
    const cpu = this.#parts.cpu.device;
    if (choice === 'cpu') return { device: cpu, reason: chosenByUser('CPU') };
    if (choice === 'gpu') return this.#used ? expectedOf(this.#used) : { device: 'GPU', reason: chosenByUser('GPU') };
    if (this.#chosen) return expectedOf(this.#chosen);
    const known = await this.#parts.choices.read(latest);
    if (!known) return { device: 'Automatic', reason: 'The faster one is found out before the first picture.' };
    return { device: known.device, reason: known.reason };
  }

  async #open(choice: DeviceChoice, hooks: Hooks): Promise<Drawing> {
    if (choice === 'cpu') return { backend: this.#parts.cpu, reason: chosenByUser('CPU') };
    if (choice === 'gpu') return this.#forced(hooks);
    this.#auto ??= this.#choose(hooks);
    try {
      this.#chosen = await this.#auto;
      return this.#chosen;
    } catch (error) {
      this.#auto = undefined;
      throw error;
    }
  }

  /** The GPU that the measurement chose where it chose one, else the first that can be opened: a real one before a software one. */
  async #forced(hooks: Hooks): Promise<Drawing> {
    const gpus = (await this.#find(hooks)).toSorted((a, b) => Number(a.isSoftware) - Number(b.isSoftware));
    const chosen = this.#chosen?.card;
    if (chosen) return (this.#used = { backend: chosen, card: chosen, reason: chosenByUser('GPU') });
    let reason = 'No graphics card that WebGPU can use was found.';
    for (const gpu of gpus) {
      try {
        const card = await this.#openGpu(gpu, hooks);
        return (this.#used = { backend: card, card, reason: chosenByUser('GPU') });
      } catch (error) {
        reason = messageOf(error);
      }
    }
    throw new AppError('deviceMissing', `No GPU can be used: ${reason} Choose the device CPU.`, { device: 'gpu' });
  }

  async #choose(hooks: Hooks): Promise<Drawing> {
    const { cpu, choices } = this.#parts;
    const all = await this.#guarded('adapters', [], hooks, () => this.#find(hooks));
    const gpus = all.filter(({ isSoftware }) => !isSoftware);
    if (gpus.length === 0) return this.#keep(undefined, { backend: cpu, reason: all.length > 0 ? onlySoftware : fastest(0, []).reason });
    const key = [cpu.version, ...gpus.map((gpu) => gpu.key)].join(' ');
    const known = await choices.read(key);
    const gpu = gpus.find((candidate) => candidate.key === known?.device);
    if (known && !gpu) return this.#keep(undefined, { backend: cpu, reason: known.reason });
    if (known && gpu) {
      const card = await this.#openGpu(gpu, hooks).catch((error: unknown) => void hooks.log('warning', messageOf(error)));
      if (card) return this.#keep(undefined, { backend: card, card, reason: known.reason });
    }
    return this.#measure(key, gpus, hooks);
  }

  async #measure(key: string, gpus: readonly GpuCandidate[], hooks: Hooks): Promise<Drawing> {
    const { cpu, time } = this.#parts;
    hooks.progress({ stage: 'Comparing the CPU with the GPU', step: 0, steps: 1 });
    const trials: GpuTrial[] = [];
    for (const gpu of gpus) {
      await hooks.checkpoint();
      const crashed: GpuTrial = { failure: 'Its driver ended the engine while it was tested.' };
      trials.push(await this.#guarded(gpu.key, crashed, hooks, () => this.#try(gpu, hooks)));
    }
    await hooks.checkpoint();
    const isTimed = trials.some(({ ms }) => ms !== undefined);
    const verdict = fastest(isTimed ? await time(cpu) : 0, trials);
    const { reason } = verdict;
    const winner = verdict.gpu === undefined ? undefined : gpus[verdict.gpu];
    for (const gpu of gpus) if (gpu !== winner) await this.#close(gpu);
    const card = winner && (await this.#openGpu(winner, hooks));
    // A GPU that failed for another reason than its results, such as one that was busy, may win the next time.
    const isSure = trials.every(({ ms, isLasting }) => ms !== undefined || isLasting === true);
    const measured = isSure ? { key, device: winner?.key ?? 'cpu' } : undefined;
    return this.#keep(measured, card ? { backend: card, card, reason } : { backend: cpu, reason });
  }

  async #try(gpu: GpuCandidate, hooks: Hooks): Promise<GpuTrial> {
    try {
      return { ms: await this.#parts.time(await this.#openGpu(gpu, hooks)) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      hooks.log('warning', error.message);
      return { failure: error.message, isLasting: error.code === 'gpuUnreliable' };
    }
  }

  /** Runs what a driver may not survive. After two runs that did not come back, `otherwise` stands for them. */
  async #guarded<T>(name: string, otherwise: T, { log }: Hooks, run: () => Promise<T>): Promise<T> {
    const { attempts } = this.#parts;
    const before = (await attempts.read(name)) ?? 0;
    if (before >= mostAttempts) {
      log('warning', 'The graphics driver ended the engine twice while it was tested, and is left alone.');
      return otherwise;
    }
    await attempts.write(name, before + 1);
    try {
      return await run();
    } finally {
      await attempts.write(name, 0);
    }
  }

  /** Remembers a choice: what was measured for the next start, and its sentence for plans before anything is opened. */
  async #keep(measured: { readonly key: string; readonly device: string } | undefined, drawing: Drawing): Promise<Drawing> {
    const { choices } = this.#parts;
    const { backend, reason } = drawing;
    if (measured) await choices.write(measured.key, { device: measured.device, reason });
    await choices.write(latest, { device: backend.device, reason });
    return drawing;
  }

  /** Looked for once; where that fails it is tried again the next time. */
  #find(hooks: Hooks): Promise<readonly GpuCandidate[]> {
    this.#gpus ??= this.#parts.findGpus().catch((error: unknown) => {
      this.#gpus = undefined;
      hooks.log('warning', `WebGPU is of no use here: ${messageOf(error)}`);
      return [];
    });
    return this.#gpus;
  }

  async #close({ key }: GpuCandidate): Promise<void> {
    const opened = this.#opened.get(key);
    this.#opened.delete(key);
    (await opened)?.close();
  }

  #openGpu(gpu: GpuCandidate, { log }: Hooks): Promise<ManagedBackend> {
    const known = this.#opened.get(gpu.key);
    if (known) return known;
    const opening = gpu.open((message) => log('info', message));
    this.#opened.set(gpu.key, opening);
    opening.catch(() => this.#opened.delete(gpu.key));
    return opening;
  }
}

/** Key of the last choice, whatever it was made for. */
const latest = 'latest';

function chosenByUser(device: string): string {
  return `${device}: chosen in the settings.`;
}

function expectedOf({ backend, reason }: Drawing): ExpectedDevice {
  return { device: backend.device, reason, memory: backend.memory };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
