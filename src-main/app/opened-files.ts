import { app, type BrowserWindow } from 'electron';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { modelExtensions } from '../studio/model-index.ts';

/** Files that the system or a second start handed over wait here until a page asks for them. */
export class OpenedFiles {
  readonly #waiting: string[] = [];
  #window: BrowserWindow | undefined;

  /** Must be called before the app is ready: macOS tells about files early. */
  listen(): void {
    app.on('open-file', (event, path) => {
      event.preventDefault();
      void this.add([path]);
    });
  }

  /** Takes the files among the arguments of a start. */
  async addFromArguments(args: readonly string[], folder: string): Promise<void> {
    const files = args
      .filter((arg) => knownKinds.has(extname(arg).toLowerCase()))
      .map((arg) => (isAbsolute(arg) ? arg : resolve(folder, arg)));
    await this.add(files);
  }

  async add(paths: readonly string[]): Promise<void> {
    this.#waiting.push(...paths);
    await this.#flush();
  }

  /** From here on files go to this window's page. */
  async sendTo(window: BrowserWindow): Promise<void> {
    this.#window = window;
    await this.#flush();
  }

  async #flush(): Promise<void> {
    if (!this.#window || this.#window.isDestroyed()) return;
    for (const path of this.#waiting.splice(0)) {
      const opened = await read(path);
      if (opened) this.#window.webContents.send('strata:open-file', opened);
    }
  }
}

const knownKinds = new Set([...modelExtensions, '.strata', '.png', '.jpg', '.jpeg', '.webp']);
const maxBytes = 256 * 1024 * 1024;

interface OpenedFile {
  readonly name: string;
  readonly path: string;
  /** Empty for models, which are used where they lie. */
  readonly bytes: Uint8Array;
}

async function read(path: string): Promise<OpenedFile | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const isModel = modelExtensions.has(extname(path).toLowerCase());
  if (!isModel && info.size > maxBytes) return undefined;
  return { name: basename(path), path, bytes: isModel ? new Uint8Array() : new Uint8Array(await readFile(path)) };
}
