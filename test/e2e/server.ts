import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { socketChannel, type MessageSocket } from '../../src-main/contract/socket-channel.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';

const root = join(import.meta.dirname, '..', '..');
/** The suite may be started by another Node; the studio needs the one of the project. */
const node = join(root, 'node_modules', 'node', 'bin', 'node');

export interface ServerOptions {
  /** The drawn engine of test/e2e/fakes, or the real one. */
  readonly engine?: 'fake' | 'real';
  /** How long the drawn engine takes for a step. */
  readonly stepMs?: number;
}

/** Studio and browser host in a process of their own, on a data folder that outlives restarts. */
export class Server {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'strata-e2e-'));
  address = '';
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
  }

  /** Process that runs the studio. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server is not running.');
    return this.#child.pid;
  }

  async start(): Promise<void> {
    const { engine = 'fake', stepMs = 20 } = this.#options;
    const env = { ...process.env, STRATA_FAKE_STEP_MS: String(stepMs) };
    const child = spawn(node, [join(import.meta.dirname, 'fakes', 'serve.ts'), this.folder, engine], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    this.#child = child;
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    this.address = line;
  }

  /** Ends it in order, or at once as a crash would. */
  async stop(how: 'close' | 'kill' = 'close'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    if (how === 'kill') child.kill('SIGKILL');
    else child.stdin?.end();
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A second client beside the page, for what tests need to know. */
  client(): StudioClient {
    const address = new URL('channel', this.address);
    const origin = address.origin;
    address.protocol = 'ws:';
    const socket = new WebSocket(address, { origin });
    socket.binaryType = 'arraybuffer';
    return new StudioClient(socketChannel(socket as unknown as MessageSocket), { role: 'test', version: '0.1.0' });
  }
}
