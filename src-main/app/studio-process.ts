import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Channel } from '../contract/channel.ts';
import { AppError, errorFromData, type ErrorData } from '../contract/errors.ts';
import { pipeChannel } from '../contract/pipe-channel.ts';
import type { Places } from './places.ts';
import { mayRestart } from './restart-rule.ts';

interface Announcement {
  readonly isReady: boolean;
  readonly dataFolder?: string;
  readonly error?: ErrorData;
}

/** One life of the process, and where it listens. */
interface Life {
  readonly child: ChildProcess;
  readonly socketPath: string;
  readonly dataFolder: string;
}

const stopLimitMs = 8000;

/** The studio's process: started again when it ends by itself, connected to once a page, and ended with the app. */
export class StudioProcess {
  readonly dataFolder: string;
  readonly #places: Places;
  readonly #onGiveUp: (error: unknown) => void;
  #life: Promise<Life>;
  #endings: number[] = [];
  #isStopping = false;

  private constructor(life: Life, places: Places, onGiveUp: (error: unknown) => void) {
    this.dataFolder = life.dataFolder;
    this.#places = places;
    this.#onGiveUp = onGiveUp;
    this.#life = Promise.resolve(life);
    this.#watch(life);
  }

  /**
   * @param onGiveUp called when it has ended too often to be started again
   * @throws AppError `studioFailed` with what the process said when it does not come up
   */
  static async start(places: Places, onGiveUp: (error: unknown) => void): Promise<StudioProcess> {
    return new StudioProcess(await begin(places), places, onGiveUp);
  }

  /** A channel of its own for each page, so that a reload leaves nothing behind; waits while the process is started again. */
  async connect(): Promise<Channel> {
    const socket = connect((await this.#life).socketPath);
    return pipeChannel(socket, socket);
  }

  /** Asks the studio to end and waits; kills it when it does not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const life = await this.#life.catch(() => null);
    if (!life) return;
    const { child, socketPath } = life;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.stdin?.end();
      const killer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await gone;
      clearTimeout(killer);
    }
    removeSocket(socketPath);
  }

  #watch({ child, socketPath }: Life): void {
    child.once('exit', () => {
      removeSocket(socketPath);
      if (this.#isStopping) return;
      const { isAllowed, endings } = mayRestart(this.#endings, Date.now());
      this.#endings = endings;
      if (!isAllowed) {
        return this.#onGiveUp(new Error('The studio ended several times in a row. What was saved is safe; start Strata again.'));
      }
      this.#life = begin(this.#places);
      this.#life.then(
        (life) => this.#watch(life),
        (error: unknown) => this.#onGiveUp(error),
      );
    });
  }
}

async function begin(places: Places): Promise<Life> {
  const socketPath = privateSocketPath();
  const child = spawn(places.node, [places.studioEntry, socketPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...places.env },
    windowsHide: true,
  });
  // The pipe breaks with the process; that is told by its end.
  child.stdin?.on('error', () => undefined);
  const { isReady, dataFolder, error } = await firstLine(child);
  if (!isReady || dataFolder === undefined) throw error ? errorFromData(error) : failed('it did not say why');
  return { child, socketPath, dataFolder };
}

/** A named pipe on Windows; elsewhere a socket in a folder that only this user can enter. */
function privateSocketPath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\strata-${randomBytes(16).toString('hex')}`;
  return join(mkdtempSync(join(tmpdir(), 'strata-')), 'studio');
}

function removeSocket(path: string): void {
  if (process.platform !== 'win32') rmSync(dirname(path), { recursive: true, force: true });
}

function firstLine(child: ChildProcess): Promise<Announcement> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as Announcement);
    });
    child.once('error', (cause) => reject(failed(cause.message)));
    child.once('exit', (code) => reject(failed(`it ended with code ${String(code)}`)));
  });
}

function failed(reason: string): AppError {
  return new AppError('studioFailed', `The studio could not be started: ${reason}.`, { reason });
}
