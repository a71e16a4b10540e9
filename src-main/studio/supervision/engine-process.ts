import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Channel } from '../../contract/channel.ts';
import {
  engineResultSchemas,
  fromEngineSchema,
  type EngineRequest,
  type EngineRequestKind,
  type EngineResult,
  type FromEngine,
} from '../../contract/engine-messages.ts';
import { AppError, errorFromData, type ErrorData } from '../../contract/errors.ts';
import { pipeChannel } from '../../contract/pipe-channel.ts';
import { protocolMismatch, protocolVersion, type LogLevel } from '../../contract/protocol.ts';
import type { BenchLine, Progress, VerifyLine } from '../../contract/reports.ts';
import { applicationVersion } from '../../contract/version.ts';
import { Watchdog } from './watchdog.ts';

export interface EngineProcessOptions {
  /** File that the child runs. */
  readonly entry: string;
  /** Node program; the one that runs this by default. */
  readonly execPath?: string;
  /** Variables added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words of the engine and of the native libraries in it. */
  readonly log: (level: LogLevel, text: string) => void;
  readonly onHello?: () => void;
  /** The process must be killed: it hangs, or it broke the protocol. Called at most once; the owner decides. */
  readonly onFailure?: (error: AppError) => void;
  /** The process is gone; called once. */
  readonly onExit?: (reason: string) => void;
}

export interface RequestListeners {
  progress?(progress: Progress, buffers: readonly Uint8Array[]): void;
  verifyLine?(line: VerifyLine): void;
  benchLine?(line: BenchLine): void;
}

export interface EngineAnswer<Kind extends EngineRequestKind> {
  readonly value: EngineResult<Kind>;
  readonly buffers: readonly Uint8Array[];
}

export interface RunningRequest<Kind extends EngineRequestKind> {
  /** @throws AppError what the engine answered, or `engineCrashed` with how it ended */
  readonly answer: Promise<EngineAnswer<Kind>>;
  cancel(): void;
}

interface Pending {
  readonly kind: EngineRequestKind;
  readonly listeners: RequestListeners;
  resolve(answer: EngineAnswer<EngineRequestKind>): void;
  reject(error: AppError): void;
}

const checkPeriodMs = 1000;
const closedChannelLimitMs = 10_000;
const idleMark = 0xffff_ffff;

/** One life of the engine process: requests with an answer each, heartbeats watched, and one end. */
export class EngineProcess {
  readonly #options: EngineProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #watchdog = new Watchdog();
  readonly #timer: NodeJS.Timeout;
  readonly #exited: Promise<void>;
  #nextId = 1;
  #isGreeted = false;
  #failure: AppError | null = null;
  #exitReason: string | null = null;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#child = spawn(options.execPath ?? process.execPath, [options.entry], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      windowsHide: true,
    });
    const pipe = this.#child.stdio[3] as Duplex;
    this.#channel = pipeChannel(pipe, pipe);
    this.#channel.onMessage((message, buffers) => this.#receive(message, buffers));
    this.#channel.onClose((reason) => this.#channelClosed(reason));
    this.#channel.send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: applicationVersion });
    this.#watchHeartbeats(this.#child.stdio[4] as Readable);
    this.#readLines(this.#child.stdout, 'debug');
    this.#readLines(this.#child.stderr, 'warning');
    this.#timer = setInterval(() => {
      const error = this.#watchdog.check();
      if (error) this.#fail(error);
    }, checkPeriodMs);
    this.#exited = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#end(reason);
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      // 'close', not 'exit': the last frames may still be in the pipe.
      this.#child.once('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a request; heavy ones run one after another in the engine. */
  request<Request extends EngineRequest>(request: Request, listeners: RequestListeners = {}): RunningRequest<Request['kind']> {
    const id = this.#nextId++;
    const answer = new Promise<EngineAnswer<EngineRequestKind>>((resolve, reject) => {
      if (this.#exitReason !== null) return reject(this.#crashError());
      this.#pending.set(id, { kind: request.kind, listeners, resolve, reject });
      this.#channel.send({ type: 'request', id, request });
    });
    return { answer, cancel: () => this.#channel.send({ type: 'cancel', id }) };
  }

  /** Asks the process to end and kills it when it has not within the time. */
  async shutDown(limitMs: number): Promise<void> {
    // One that has not said hello has nothing to put in order, and would read the wish only after all its imports.
    if (this.#isGreeted) this.#channel.send({ type: 'shutdown' });
    else this.kill();
    const timer = setTimeout(() => this.kill(), limitMs);
    await this.#exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** A channel that broke off is usually the first sign of the process's end; a process that stays without one is of no use. */
  #channelClosed(reason: ErrorData | null): void {
    if (reason && reason.code !== 'connectionLost') return this.#fail(errorFromData(reason));
    setTimeout(() => this.#exitReason === null && this.kill(), closedChannelLimitMs).unref();
  }

  #receive(raw: unknown, buffers: readonly Uint8Array[]): void {
    const parsed = fromEngineSchema.safeParse(raw);
    if (parsed.success) this.#handle(parsed.data, buffers);
    else
      this.#fail(
        new AppError('protocolError', `The engine sent a message that is not in the protocol: ${parsed.error.message.slice(0, 500)}`),
      );
  }

  #handle(message: FromEngine, buffers: readonly Uint8Array[]): void {
    switch (message.type) {
      case 'hello':
        if (message.protocol !== protocolVersion) return this.#fail(protocolMismatch(message.protocol));
        this.#isGreeted = true;
        return this.#options.onHello?.();
      case 'log':
        return this.#options.log(message.level, message.text);
      case 'progress':
        return this.#pending.get(message.id)?.listeners.progress?.(message.progress, buffers);
      case 'verifyLine':
        return this.#pending.get(message.id)?.listeners.verifyLine?.(message.line);
      case 'benchLine':
        return this.#pending.get(message.id)?.listeners.benchLine?.(message.line);
      case 'result':
        return this.#resolve(message.id, message.value, buffers);
      case 'error':
        return this.#take(message.id)?.reject(errorFromData(message.error));
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #resolve(id: number, raw: unknown, buffers: readonly Uint8Array[]): void {
    const pending = this.#take(id);
    if (!pending) return;
    const value = engineResultSchemas[pending.kind].safeParse(raw);
    if (value.success) return pending.resolve({ value: value.data, buffers });
    const error = new AppError(
      'protocolError',
      `The engine's answer to ${pending.kind} does not have the expected shape: ${value.error.message.slice(0, 500)}`,
    );
    pending.reject(error);
  }

  #watchHeartbeats(source: Readable): void {
    let rest = Buffer.alloc(0);
    source.on('error', () => undefined);
    source.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      const whole = rest.length - (rest.length % 4);
      for (let offset = 0; offset < whole; offset += 4) {
        const value = rest.readUInt32LE(offset);
        this.#watchdog.heartbeat(value === idleMark ? null : value);
      }
      rest = rest.subarray(whole);
    });
  }

  #readLines(source: Readable | null, level: LogLevel): void {
    let rest = '';
    source?.setEncoding('utf8');
    source?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-20_000);
      for (const line of lines) if (line.trim() !== '') this.#options.log(level, line);
    });
    source?.on('end', () => rest.trim() !== '' && this.#options.log(level, rest));
  }

  #fail(error: AppError): void {
    if (this.#failure || this.#exitReason !== null) return;
    this.#failure = error;
    if (this.#options.onFailure) this.#options.onFailure(error);
    else this.kill();
  }

  #crashError(): AppError {
    if (this.#failure) return this.#failure;
    return new AppError('engineCrashed', `The engine stopped unexpectedly (${this.#exitReason}).`, { reason: this.#exitReason });
  }

  #end(reason: string): void {
    if (this.#exitReason !== null) return;
    this.#exitReason = reason;
    clearInterval(this.#timer);
    this.#channel.close();
    const error = this.#crashError();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#options.onExit?.(reason);
  }
}
