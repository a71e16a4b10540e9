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

interface Announcement {
  readonly isReady: boolean;
  readonly dataFolder?: string;
  readonly error?: ErrorData;
}

/** The studio's process: started once, connected to once a page, and ended with the app. */
export class StudioProcess {
  readonly dataFolder: string;
  readonly #child: ChildProcess;
  readonly #socketPath: string;

  private constructor(child: ChildProcess, socketPath: string, dataFolder: string) {
    this.#child = child;
    this.#socketPath = socketPath;
    this.dataFolder = dataFolder;
  }

  /** Throws AppError `studioFailed` with what the process said when it does not come up. */
  static async start(places: Places, onExit: () => void): Promise<StudioProcess> {
    const socketPath = privateSocketPath();
    const child = spawn(places.node, [places.studioEntry, socketPath], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...places.env },
      windowsHide: true,
    });
    const { isReady, dataFolder, error } = await firstLine(child);
    if (!isReady || dataFolder === undefined) throw error ? errorFromData(error) : failed('it did not say why');
    child.once('exit', onExit);
    return new StudioProcess(child, socketPath, dataFolder);
  }

  /** A channel of its own for each page, so that a reload leaves nothing behind. */
  connect(): Channel {
    const socket = connect(this.#socketPath);
    return pipeChannel(socket, socket);
  }

  /** Asks the studio to end and waits; kills it when it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin?.end();
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 8000);
    await gone;
    clearTimeout(killer);
    if (process.platform !== 'win32') rmSync(dirname(this.#socketPath), { recursive: true, force: true });
  }
}

/** A named pipe on Windows; elsewhere a socket in a folder that only this user can enter. */
function privateSocketPath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\strata-${randomBytes(16).toString('hex')}`;
  return join(mkdtempSync(join(tmpdir(), 'strata-')), 'studio');
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
