import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';

const root = join(import.meta.dirname, '..', '..');

/** A data folder of a test and the app on it, which may be ended and started again. */
export class TestApp {
  readonly folder = mkdtempSync(join(tmpdir(), 'strata-electron-'));
  #app: ElectronApplication | undefined;
  #page: Page | undefined;

  get app(): ElectronApplication {
    if (!this.#app) throw new Error('The app is not running.');
    return this.#app;
  }

  get page(): Page {
    if (!this.#page) throw new Error('The app is not running.');
    return this.#page;
  }

  /** Starts the app and waits until its page is connected to the studio. */
  async start(...args: readonly string[]): Promise<Page> {
    this.#app = await _electron.launch({ ...programOf(), args: [...this.arguments(), ...args], env: this.environment(), timeout: 60_000 });
    this.#page = await this.#app.firstWindow({ timeout: 60_000 });
    await this.#page.getByRole('button', { name: 'Generate' }).waitFor();
    return this.#page;
  }

  arguments(): string[] {
    return ['--no-sandbox', `--user-data-dir=${join(this.folder, 'electron')}`, root];
  }

  environment(): Record<string, string> {
    const own = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return { ...own, STRATA_HOME: join(this.folder, 'data') };
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    this.#app = undefined;
    this.#page = undefined;
  }

  /** Ends the app and removes everything it wrote. */
  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kills a process of this app whose command line holds the text, without warning. Linux only, as this suite is. */
  kill(text: string): number {
    const victims = processes().filter(({ command, environment }) => command.includes(text) && environment.includes(this.folder));
    for (const { pid } of victims) process.kill(pid, 'SIGKILL');
    return victims.length;
  }
}

/** The Electron that ELECTRON_OVERRIDE_DIST_PATH names, else the one of the npm package. */
export function programOf(): { readonly executablePath?: string } {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  return folder === undefined ? {} : { executablePath: join(folder, 'electron') };
}

/** Starts the app's program a second time on the same data and waits until it ends. */
export function startAgain(test: TestApp, file: string): void {
  const { executablePath = join(root, 'node_modules', 'electron', 'dist', 'electron') } = programOf();
  execFileSync(executablePath, [...test.arguments(), file], { env: test.environment(), timeout: 60_000, stdio: 'ignore' });
}

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/environ`))
    .map((pid) => ({ pid: Number(pid), command: readText(`/proc/${pid}/cmdline`), environment: readText(`/proc/${pid}/environ`) }));
}

/** Empty for a process that is gone, or not ours to look at. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
