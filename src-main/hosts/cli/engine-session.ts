import type { EngineRequest } from '../../contract/engine-messages.ts';
import { AppError } from '../../contract/errors.ts';
import { EngineProcess, type EngineAnswer, type RequestListeners, type RunningRequest } from '../../studio/supervision/engine-process.ts';
import { engineEntry } from '../engine-entry.ts';
import type { Output } from './output.ts';

const shutDownLimitMs = 1500;
const keptLines = 5;

/** The command line's own engine: one process for one command, cancelled by Ctrl-C. */
export class EngineSession implements AsyncDisposable {
  readonly #engine: EngineProcess;
  readonly #output: Output;
  readonly #lastWords: string[] = [];
  readonly #onInterrupt = () => this.#interrupt();
  #running: RunningRequest<EngineRequest['kind']> | null = null;
  #isInterrupted = false;

  constructor(output: Output, options: { readonly isVerbose: boolean; readonly entry?: string }) {
    this.#output = output;
    this.#engine = new EngineProcess({
      entry: options.entry ?? engineEntry(),
      log: (level, text) => {
        if (options.isVerbose || level === 'error') output.note(text);
        else if (level === 'warning') this.#lastWords.splice(0, this.#lastWords.length + 1 - keptLines, text);
      },
    });
    // For programs that watch over this one.
    if (output.isJson) output.result('engine', { pid: this.#engine.pid ?? null }, '');
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onInterrupt);
  }

  /** @throws AppError what the engine answered; `cancelled` after Ctrl-C */
  async request<Request extends EngineRequest>(request: Request, listeners: RequestListeners = {}): Promise<EngineAnswer<Request['kind']>> {
    if (this.#isInterrupted) throw new AppError('cancelled', 'The work was cancelled.');
    const running = this.#engine.request(request, listeners);
    this.#running = running;
    try {
      return await running.answer;
    } catch (error) {
      if (this.#isInterrupted) throw new AppError('cancelled', 'The work was cancelled.');
      if (error instanceof AppError && error.code === 'engineCrashed')
        for (const line of this.#lastWords) this.#output.note(`engine: ${line}`);
      throw error;
    } finally {
      this.#running = null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onInterrupt);
    await this.#engine.shutDown(shutDownLimitMs);
  }

  /** The first time asks the engine to stop after the current step, the second time ends it. */
  #interrupt(): void {
    if (this.#isInterrupted || !this.#running) this.#engine.kill();
    else this.#output.note('Cancelling after this step; once more to stop at once.');
    this.#isInterrupted = true;
    this.#running?.cancel();
  }
}
