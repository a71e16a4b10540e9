import type { EngineRequest, EngineRequestKind } from '../../contract/engine-messages.ts';
import { AppError, errorData, errorFromData, type ErrorData } from '../../contract/errors.ts';
import type { LogLevel } from '../../contract/protocol.ts';
import type { EngineState } from '../../contract/records.ts';
import { EngineProcess, type EngineAnswer, type RequestListeners, type RunningRequest } from './engine-process.ts';
import { initialSupervisorState, supervise, type SupervisorEffect, type SupervisorEvent, type SupervisorState } from './supervisor.ts';

export interface EngineSupervisorOptions {
  readonly entry: string;
  readonly now: () => number;
  readonly log: (level: LogLevel, text: string) => void;
  /** The state changed: tell the pages, give out the next job. */
  readonly onChange: () => void;
  readonly onNotice: (text: string) => void;
}

/** How a job left the engine. */
export type JobOutcome =
  | { readonly type: 'answer'; readonly answer: EngineAnswer<'generate'> }
  | { readonly type: 'error'; readonly error: ErrorData }
  /** The engine died; the job may be tried again. */
  | { readonly type: 'requeue'; readonly error: ErrorData }
  | { readonly type: 'poison'; readonly error: ErrorData };

export interface RunningJob {
  readonly outcome: Promise<JobOutcome>;
  cancel(): void;
}

type GenerateRequest = Extract<EngineRequest, { kind: 'generate' }>;

const startLimitMs = 30_000;
const shutDownLimitMs = 3000;

/** Keeps an engine running: carries out what the pure `supervise` decides, and hands requests to the process that is alive. */
export class EngineSupervisor {
  readonly #options: EngineSupervisorOptions;
  #state: SupervisorState = initialSupervisorState;
  #process: EngineProcess | null = null;
  #settleJob: ((outcome: JobOutcome) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #waiting: { resolve(process: EngineProcess): void; reject(error: AppError): void }[] = [];
  #stopped: Promise<void> | null = null;

  constructor(options: EngineSupervisorOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#state.phase === 'ready';
  }

  get isSafeMode(): boolean {
    return this.#state.isSafeMode;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  state(): EngineState {
    const { phase, isSafeMode, lastError, crashes } = this.#state;
    return { state: phase, isSafeMode, lastError, crashes };
  }

  start(): void {
    this.#dispatch({ type: 'start' });
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#dispatch({ type: 'restart' });
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dispatch({ type: 'stop' });
    await this.#stopped;
    for (const { reject } of this.#waiting.splice(0)) reject(new AppError('engineStopped', 'The engine was stopped.'));
  }

  /** Gives the ready engine one job. The outcome never rejects. */
  runJob(job: number, request: GenerateRequest, listeners: RequestListeners): RunningJob {
    const process = this.#process;
    if (!process || this.#state.phase !== 'ready')
      throw new Error(`The engine must be ready to take job ${job}; it is ${this.#state.phase}.`);
    this.#dispatch({ type: 'jobGiven', job });
    const outcome = new Promise<JobOutcome>((resolve) => (this.#settleJob = resolve));
    const running = process.request(request, listeners);
    running.answer.then(
      (answer) => this.#jobAnswered(job, process, { type: 'answer', answer }),
      (error: unknown) => this.#jobAnswered(job, process, { type: 'error', error: errorData(error) }),
    );
    return { outcome, cancel: running.cancel };
  }

  /** Sends another request to the engine, waiting while it starts. */
  async request<Request extends EngineRequest>(request: Request, listeners: RequestListeners = {}): Promise<EngineAnswer<Request['kind']>> {
    const process = await this.#alive();
    const running: RunningRequest<EngineRequestKind> = process.request(request, listeners);
    return await running.answer;
  }

  #alive(): Promise<EngineProcess> {
    const { phase } = this.#state;
    if (this.#process && (phase === 'ready' || phase === 'busy')) return Promise.resolve(this.#process);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#notRunning()), startLimitMs);
      timer.unref();
      this.#waiting.push({ resolve, reject });
    });
  }

  #notRunning(): AppError {
    const last = this.#state.lastError;
    return last ? errorFromData(last) : new AppError('engineStopped', 'The engine did not start in time.');
  }

  /** An answer of a process that has died meanwhile is settled by its exit instead. */
  #jobAnswered(job: number, process: EngineProcess, outcome: JobOutcome): void {
    if (process !== this.#process || this.#state.job !== job) return;
    const settle = this.#settleJob;
    this.#settleJob = null;
    settle?.(outcome);
    this.#dispatch({ type: 'jobAnswered', job });
  }

  #dispatch(event: SupervisorEvent): void {
    const [state, effects] = supervise(this.#state, event);
    const isChanged = state !== this.#state;
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (isChanged) this.#options.onChange();
  }

  #carryOut(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'spawn':
        return this.#spawn(effect.isSafeMode);
      case 'kill':
        return this.#process?.kill();
      case 'shutDown':
        this.#stopped = this.#process?.shutDown(shutDownLimitMs) ?? null;
        return;
      case 'restartLater':
        this.#timer = setTimeout(() => this.#dispatch({ type: 'restartDue' }), effect.delayMs);
        return;
      case 'requeueJob':
      case 'poisonJob': {
        const settle = this.#settleJob;
        this.#settleJob = null;
        return settle?.({ type: effect.type === 'poisonJob' ? 'poison' : 'requeue', error: effect.error });
      }
      case 'notice':
        return this.#options.onNotice(effect.text);
    }
  }

  #spawn(isSafeMode: boolean): void {
    const fail = (error: AppError) => this.#process === process && this.#dispatch({ type: 'failed', error: errorData(error) });
    const startTimer = setTimeout(
      () => fail(new AppError('engineHung', 'The engine must start within 30 seconds; it did not.')),
      startLimitMs,
    );
    const process: EngineProcess = new EngineProcess({
      entry: this.#options.entry,
      env: isSafeMode ? { STRATA_SAFE_MODE: '1' } : {},
      log: this.#options.log,
      onHello: () => {
        clearTimeout(startTimer);
        this.#dispatch({ type: 'hello' });
        for (const { resolve } of this.#waiting.splice(0)) resolve(process);
      },
      onFailure: fail,
      onExit: (reason) => {
        clearTimeout(startTimer);
        if (this.#process === process) this.#process = null;
        this.#options.log('warning', `The engine process ended (${reason}).`);
        this.#dispatch({ type: 'exited', time: this.#options.now(), reason });
      },
    });
    this.#process = process;
  }
}
