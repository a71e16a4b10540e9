import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '../contract/channel.ts';
import { toEngineSchema, type EngineRequest, type FromEngine } from '../contract/engine-messages.ts';
import { AppError, errorData } from '../contract/errors.ts';
import { protocolMismatch, protocolVersion } from '../contract/protocol.ts';
import type { BenchLine } from '../contract/reports.ts';
import type { EngineService, ServiceProgress, WorkHooks } from './engine-service.ts';
import { StepClock } from './step-clock.ts';

export interface JobRunnerOptions {
  readonly channel: Channel;
  readonly service: () => Promise<EngineService>;
  /** Called at each sign of work, and with false when nothing runs: the watchdog's clock. */
  readonly markWork: (isBusy: boolean) => void;
  readonly now: () => number;
  /** Ends the process after an orderly shutdown or a broken protocol. */
  readonly exit: (code: number) => void;
}

const shutdownLimitMs = 5000;

interface Answer {
  readonly value: object;
  readonly buffers?: readonly Uint8Array[];
}

/** Light requests need no model and run between the steps of a heavy one. */
const lightKinds: ReadonlySet<EngineRequest['kind']> = new Set(['plan', 'describe', 'inspect', 'companions', 'locate', 'filter']);

/** Takes requests from the channel, runs heavy ones one after another, and answers each exactly once. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #running = new Map<number, AbortController>();
  #heavyChain: Promise<void> = Promise.resolve();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    options.channel.onMessage((message) => this.#receive(message));
    options.channel.onClose(() => this.#shutDown(0));
  }

  /** Answers everything that runs with an error: the process is about to end. */
  failAll(error: unknown): void {
    for (const id of this.#running.keys()) this.#send({ type: 'error', id, error: errorData(error) });
    this.#running.clear();
  }

  #send(message: FromEngine, buffers: readonly Uint8Array[] = []): void {
    this.#options.channel.send(message, buffers);
  }

  #receive(raw: unknown): void {
    const parsed = toEngineSchema.safeParse(raw);
    if (!parsed.success) return this.#refuse(raw, parsed.error.message);
    const message = parsed.data;
    switch (message.type) {
      case 'hello':
        if (message.protocol !== protocolVersion) {
          this.#send({ type: 'log', level: 'error', text: protocolMismatch(message.protocol).message });
          this.#shutDown(1);
        }
        return;
      case 'cancel':
        this.#running.get(message.id)?.abort();
        return;
      case 'shutdown':
        return this.#shutDown(0);
      case 'request':
        return this.#start(message.id, message.request);
      default:
        message satisfies never;
    }
  }

  /** A request with a wrong shape is answered when it has an id; anything else is only logged. */
  #refuse(raw: unknown, reason: string): void {
    const id = typeof raw === 'object' && raw !== null && 'id' in raw && typeof raw.id === 'number' ? raw.id : null;
    const error = new AppError('badRequest', `The engine was asked for something it does not understand: ${reason.slice(0, 2000)}`);
    if (id === null) this.#send({ type: 'log', level: 'error', text: error.message });
    else this.#send({ type: 'error', id, error: errorData(error) });
  }

  #start(id: number, request: EngineRequest): void {
    const controller = new AbortController();
    this.#running.set(id, controller);
    if (lightKinds.has(request.kind)) void this.#run(id, request, controller.signal);
    else this.#heavyChain = this.#heavyChain.then(() => this.#runHeavy(id, request, controller.signal));
  }

  async #runHeavy(id: number, request: EngineRequest, signal: AbortSignal): Promise<void> {
    this.#options.markWork(true);
    await this.#run(id, request, signal);
    this.#options.markWork(false);
  }

  async #run(id: number, request: EngineRequest, signal: AbortSignal): Promise<void> {
    try {
      throwIfCancelled(signal);
      const answer = await this.#answer(id, request, this.#hooks(id, signal));
      if (this.#running.has(id)) this.#send({ type: 'result', id, value: answer.value }, answer.buffers ?? []);
    } catch (error) {
      const data = errorData(signal.aborted ? cancelled() : error);
      if (data.code === 'internal' && error instanceof Error)
        this.#send({ type: 'log', level: 'error', text: error.stack ?? error.message });
      if (this.#running.has(id)) this.#send({ type: 'error', id, error: data });
    } finally {
      this.#running.delete(id);
    }
  }

  async #answer(id: number, request: EngineRequest, hooks: WorkHooks): Promise<Answer> {
    const service = await this.#options.service();
    switch (request.kind) {
      case 'load':
        return { value: { model: await service.load(request.model, request.device, hooks) } };
      case 'generate':
        return pictureAnswer(await service.generate(request.recipe, request.assets, hooks));
      case 'plan':
        return { value: await service.plan(request.recipe, request.assets) };
      case 'describe':
        return { value: await service.describe(request.recipe, request.assets) };
      case 'inspect':
        return { value: await service.inspectModel(request.path) };
      case 'companions':
        return { value: await service.inspectCompanions(request.model) };
      case 'locate': {
        const { locateRecipe } = await import('./adapters/locate.ts');
        return { value: await locateRecipe(request.recipe, request.files) };
      }
      case 'filter': {
        const { filterPicture } = await import('./jobs/filter.ts');
        const { width, height, data } = await filterPicture(request);
        return { value: { width, height }, buffers: [data] };
      }
      case 'doctor':
        return { value: await service.doctor(request.device, hooks) };
      case 'verify': {
        const count = { passed: 0, failed: 0 };
        const emit = (line: Parameters<Parameters<EngineService['verify']>[2]>[0]) => {
          count[line.ok ? 'passed' : 'failed']++;
          this.#send({ type: 'verifyLine', id, line });
        };
        const { folder, groups, match, device } = request;
        await service.verify(folder, groups, emit, { ...hooks, match, device });
        return { value: count };
      }
      case 'bench': {
        const lines: BenchLine[] = [];
        const emit = (line: BenchLine) => {
          lines.push(line);
          this.#send({ type: 'benchLine', id, line });
        };
        await service.bench(request.what, emit, { ...hooks, device: request.device });
        return { value: { lines } };
      }
    }
  }

  #hooks(id: number, signal: AbortSignal): WorkHooks {
    const clock = new StepClock(this.#options.now);
    return {
      signal,
      log: (level, text) => this.#send({ type: 'log', level, text: text.slice(0, 20_000) }),
      progress: (progress) => {
        this.#options.markWork(true);
        this.#send(...progressMessage(id, progress, clock));
      },
      checkpoint: async () => {
        this.#options.markWork(true);
        await nextTurn();
        throwIfCancelled(signal);
      },
    };
  }

  #shutDown(code: number): void {
    for (const controller of this.#running.values()) controller.abort();
    const stopped = this.#heavyChain.then(() => this.#options.exit(code));
    // Work that never comes to a checkpoint must not keep a process alive whose studio is gone.
    void Promise.race([stopped, delay(shutdownLimitMs).then(() => this.#options.exit(code))]);
  }
}

function pictureAnswer(pictures: Awaited<ReturnType<EngineService['generate']>>): Answer {
  return {
    value: { pictures: pictures.map(({ rgb: _rgb, captureValues: _values, ...facts }) => facts) },
    buffers: pictures.flatMap((picture) => (picture.captureValues ? [picture.rgb, picture.captureValues] : [picture.rgb])),
  };
}

function progressMessage(id: number, progress: ServiceProgress, clock: StepClock): [FromEngine, Uint8Array[]] {
  const { stage, step, steps, preview, capture } = progress;
  const buffers = [preview?.rgb, capture?.values].filter((buffer) => buffer !== undefined);
  const size = preview ? { width: preview.width, height: preview.height } : null;
  const times = clock.mark(stage, step, steps);
  return [{ type: 'progress', id, progress: { stage, step, steps, ...times, preview: size, capture: capture?.info ?? null } }, buffers];
}

function cancelled(): AppError {
  return new AppError('cancelled', 'The work was cancelled.');
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
