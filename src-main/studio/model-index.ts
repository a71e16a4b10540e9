import { opendir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { errorData } from '../contract/errors.ts';
import { starterId } from '../contract/recipe.ts';
import { modelInfoSchema, type ModelInfo } from '../contract/reports.ts';

export interface ModelIndexOptions {
  /** Null while the library is read-only: everything is inspected again then. */
  readonly database: DatabaseSync | null;
  /** Asks the engine what a file is. */
  readonly inspect: (path: string) => Promise<ModelInfo>;
  /** Asks the engine what came with a model. */
  readonly companions: (model: string) => Promise<readonly ModelInfo[]>;
  readonly onChange: () => void;
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** More would be a mistake in the choice of the folder; the rest is left out with a sentence. */
const maxFiles = 20_000;
const maxDepth = 8;
/** Refused when opened; listed so that the user learns why. */
export const modelExtensions: ReadonlySet<string> = new Set(['.safetensors', '.ckpt', '.pt', '.pth', '.bin', '.gguf', '.onnx']);

/** The models in the user's folders: found by walking, told apart by content, remembered by size and time. Nothing is written there. */
export class ModelIndex {
  readonly #options: ModelIndexOptions;
  #models: ModelInfo[] = [];
  #scan: AbortController | null = null;

  constructor(options: ModelIndexOptions) {
    this.#options = options;
  }

  list(): { models: ModelInfo[]; isScanning: boolean } {
    return { models: this.#models, isScanning: this.#scan !== null };
  }

  /** Starts over with these folders; a scan that still runs is dropped. */
  async rescan(folders: readonly string[]): Promise<void> {
    this.#scan?.abort();
    const scan = new AbortController();
    this.#scan = scan;
    try {
      await this.#run(folders, scan.signal);
    } finally {
      if (this.#scan === scan) {
        this.#scan = null;
        this.#options.onChange();
      }
    }
  }

  stop(): void {
    this.#scan?.abort();
    this.#scan = null;
  }

  async #run(folders: readonly string[], signal: AbortSignal): Promise<void> {
    // Where the engine cannot be asked, the starter's own entry says why.
    const found: ModelInfo[] = [await this.#inspect(starterId), ...(await this.#options.companions(starterId).catch(() => []))];
    this.#models = found;
    this.#options.onChange();
    const seen = new Set<string>();
    for (const folder of folders) {
      for await (const file of walkModels(resolve(folder), signal)) {
        if (seen.has(file.path)) continue;
        seen.add(file.path);
        found.push(await this.#look(file));
        if (signal.aborted) return;
        this.#models = [...found];
        if (found.length % 20 === 0) this.#options.onChange();
      }
    }
  }

  async #look(file: FoundFile): Promise<ModelInfo> {
    const { database } = this.#options;
    const row = database
      ?.prepare('SELECT info FROM models WHERE path = ? AND bytes = ? AND modified_at = ?')
      .get(file.path, file.bytes, file.modifiedAt);
    const known = row ? modelInfoSchema.safeParse(JSON.parse(String(row['info']))) : null;
    if (known?.success) return known.data;
    const info = await this.#inspect(file.path);
    database
      ?.prepare('INSERT OR REPLACE INTO models (path, bytes, modified_at, info) VALUES (?, ?, ?, ?)')
      .run(file.path, file.bytes, file.modifiedAt, JSON.stringify(info));
    return info;
  }

  /** What cannot be read is listed with the reason, not left out. */
  async #inspect(path: string): Promise<ModelInfo> {
    try {
      return await this.#options.inspect(path);
    } catch (error) {
      return unreadableModel(path, errorData(error).message);
    }
  }
}

/** A file that could not be looked at, for the list, with the reason as a sentence. */
export function unreadableModel(path: string, problem: string): ModelInfo {
  return modelInfoSchema.parse({ id: path, path, name: path, kind: 'unknown', family: null, bytes: 0, usable: false, problems: [problem] });
}

/**
 * Model files and diffusers folders under a folder, depth first in the order of names. Symbolic links to files are followed, to folders
 * not, so that loops end; folders that cannot be read are passed over.
 */
export async function* walkModels(folder: string, signal: AbortSignal, depth = 0): AsyncGenerator<FoundFile> {
  const names = await readNames(folder);
  if (names.some(({ name }) => name === 'model_index.json')) {
    const found = await stat(join(folder, 'model_index.json')).catch(() => null);
    if (found) yield { path: folder, bytes: 0, modifiedAt: found.mtimeMs };
    return;
  }
  for (const { name, isFolder } of names) {
    if (signal.aborted || name.startsWith('.')) continue;
    const path = join(folder, name);
    if (isFolder) {
      if (depth < maxDepth) yield* walkModels(path, signal, depth + 1);
    } else if (modelExtensions.has(extname(name).toLowerCase())) {
      const found = await stat(path).catch(() => null);
      if (found?.isFile()) yield { path, bytes: found.size, modifiedAt: found.mtimeMs };
    }
  }
}

async function readNames(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const names: { name: string; isFolder: boolean }[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (names.length >= maxFiles) break;
      names.push({ name: entry.name, isFolder: entry.isDirectory() });
    }
  } catch {
    return names;
  }
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}
