import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../contract/errors.ts';
import type { AttentionCase } from './attention-case.ts';
import type { CaseAnswer, CaseRequest, RunTime } from './attention-run.ts';

const runner = fileURLToPath(new URL('./attention-run.ts', import.meta.url));

/** A bench case in a process of its own, warmed up and waiting to be timed. */
export class CaseProcess {
  readonly peakBytes: number;
  readonly #name: string;
  readonly #child: ChildProcess;

  /** Starts the process and waits until the case has run once. Throws AppError `benchFailed` when it cannot. */
  static async start(bench: AttentionCase, threads: number): Promise<CaseProcess> {
    const child = fork(runner, [JSON.stringify(bench), String(threads)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const ready = await nextAnswer(child, bench.name);
    return new CaseProcess(bench.name, child, ready.kind === 'ready' ? ready.peakBytes : 0);
  }

  private constructor(name: string, child: ChildProcess, peakBytes: number) {
    this.#name = name;
    this.#child = child;
    this.peakBytes = peakBytes;
  }

  /** Runs the case once; answers how long it took. */
  async run(): Promise<RunTime> {
    const answer = nextAnswer(this.#child, this.#name);
    this.#child.send({ kind: 'run' } satisfies CaseRequest);
    const ran = await answer;
    return ran.kind === 'ran' ? ran : { wallMs: NaN, cpuMs: NaN };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await ended;
  }
}

function nextAnswer(child: ChildProcess, name: string): Promise<CaseAnswer> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      child.off('exit', onExit);
      resolve(message as CaseAnswer);
    };
    const onExit = (code: number | null) => {
      child.off('message', onMessage);
      reject(new AppError('benchFailed', `The bench case "${name}" ended with code ${code} and no result.`, { name, code }));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}
