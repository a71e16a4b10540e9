import { AppError } from '../contract/errors.ts';
import { settingsSchema, type Settings, type SettingsChange } from '../contract/records.ts';
import { saveAtomically } from './files/atomic-save.ts';
import { errorCode, type FileSystem } from './files/file-system.ts';

/**
 * Settings as a JSON file. What is broken in it gets its default and a copy of the file is kept; fields of a later version are left
 * alone on disk.
 */
export class SettingsFile {
  readonly #files: FileSystem;
  readonly #path: string;
  #settings: Settings = settingsSchema.parse({});
  #foreign: Record<string, unknown> = {};
  #saving: Promise<void> = Promise.resolve();

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  get(): Settings {
    return this.#settings;
  }

  /** Reads the file; returns a sentence when something in it could not be used. */
  async load(): Promise<string | null> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#files.readFile(this.#path);
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? null : `The settings could not be read, so they have their defaults: ${String(error)}`;
    }
    const { settings, foreign, broken } = readSettings(new TextDecoder().decode(bytes));
    this.#settings = settings;
    this.#foreign = foreign;
    if (broken.length === 0) return null;
    await saveAtomically(this.#files, this.#path + '.broken', [bytes]).catch(() => undefined);
    return `Some settings could not be read and have their defaults: ${broken.join(', ')}. The old file is kept beside as settings.json.broken.`;
  }

  /** Sets the given fields; on disk when it returns. */
  async set(changes: SettingsChange): Promise<Settings> {
    const parsed = settingsSchema.safeParse({ ...this.#settings, ...changes });
    if (!parsed.success) throw new AppError('badRequest', `The settings do not have the expected shape: ${parsed.error.message}`);
    const next = parsed.data;
    const text = JSON.stringify({ ...this.#foreign, ...next }, null, 2);
    // One after another: the last change must be the one that stays.
    const save = this.#saving.then(() => saveAtomically(this.#files, this.#path, [new TextEncoder().encode(text)]));
    this.#saving = save.catch(() => undefined);
    this.#settings = next;
    await save;
    return next;
  }
}

function readSettings(text: string): { settings: Settings; foreign: Record<string, unknown>; broken: string[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = null;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { settings: settingsSchema.parse({}), foreign: {}, broken: ['the whole file'] };
  const entries = Object.entries(raw);
  const broken: string[] = [];
  const good: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (!Object.hasOwn(settingsSchema.shape, name)) continue;
    if (settingsSchema.shape[name as keyof Settings].safeParse(value).success) good[name] = value;
    else broken.push(name);
  }
  const foreign = Object.fromEntries(entries.filter(([name]) => name !== '__proto__' && !Object.hasOwn(settingsSchema.shape, name)));
  return { settings: settingsSchema.parse(good), foreign, broken };
}
