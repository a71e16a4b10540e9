import { errorData } from '../contract/errors.ts';
import type { LogLevel } from '../contract/protocol.ts';
import type { StudioState } from '../contract/records.ts';
import type { StudioEvent } from '../contract/studio-methods.ts';
import { applicationVersion } from '../contract/version.ts';
import { DocumentWriters } from './document-writers.ts';
import { nodeFileSystem, type FileSystem } from './files/file-system.ts';
import { JobLoop } from './job-loop.ts';
import { openLibrary, type Library } from './library.ts';
import { openLog } from './log-file.ts';
import { ModelIndex } from './model-index.ts';
import { reconcile } from './reconcile.ts';
import { SettingsFile } from './settings-file.ts';
import { EngineSupervisor } from './supervision/engine-supervisor.ts';
import { maxCrashesOfJob, poisonError } from './supervision/supervisor.ts';

export interface StudioOptions {
  readonly folder: string;
  /** File that the engine's process runs. */
  readonly engineEntry: string;
  readonly files?: FileSystem;
  readonly now?: () => number;
}

export type StudioListener = (event: StudioEvent, buffers: readonly Uint8Array[]) => void;

/** The studio: everything that must not be lost, and an engine kept running. Pages talk to it through `serveChannel`. */
export class Studio {
  readonly library: Library;
  readonly settings: SettingsFile;
  readonly engine: EngineSupervisor;
  readonly jobs: JobLoop;
  readonly models: ModelIndex;
  readonly writers: DocumentWriters;
  readonly files: FileSystem;
  readonly log: (level: LogLevel, text: string) => void;
  readonly #now: () => number;
  readonly #listeners = new Set<StudioListener>();
  #isQueuePaused = false;
  readonly #closing = new AbortController();
  #reconciling: Promise<void> = Promise.resolve();

  constructor(options: StudioOptions) {
    this.#now = options.now ?? Date.now;
    this.files = options.files ?? nodeFileSystem;
    const library = openLibrary({ folder: options.folder, files: this.files, now: this.#now });
    this.library = library;
    this.log = library.isReadOnly ? () => undefined : openLog(library.layout.logs, 'studio', this.#now);
    this.settings = new SettingsFile(this.files, library.layout.settings);
    this.engine = new EngineSupervisor({
      entry: options.engineEntry,
      now: this.#now,
      log: this.log,
      onChange: () => this.#engineChanged(),
      onNotice: (text) => this.notice('warning', text),
    });
    this.jobs = new JobLoop({
      queue: library.queue,
      gallery: library.gallery,
      pictures: library.pictures,
      assets: library.assets,
      assetPath: (id) => library.assetPath(id) ?? library.assets.path(id),
      engine: this.engine,
      emit: (event, buffers) => {
        this.emit(event, buffers);
        // Made now, while one picture is new, and not later, when a whole screen of them is asked for.
        if (event.kind === 'picture') void library.thumbnails.ensure(event.picture.asset);
      },
      pause: (reason) => {
        this.setPaused(true);
        this.notice('error', reason);
      },
      isPaused: () => this.#isQueuePaused || library.isReadOnly || this.#isClosed,
    });
    this.writers = new DocumentWriters((event) => this.emit(event));
    this.models = new ModelIndex({
      database: library.isReadOnly ? null : library.database,
      inspect: async (path) => (await this.engine.request({ kind: 'inspect', path })).value,
      companions: async (model) => (await this.engine.request({ kind: 'companions', model })).value,
      onChange: () => this.emit({ kind: 'models' }),
    });
  }

  /** Reads the settings, puts right what an earlier end left, and starts the engine. */
  async start(): Promise<void> {
    const notice = await this.settings.load();
    if (notice) this.library.notices.push(notice);
    if (!this.library.isReadOnly) {
      void this.library.thumbnails.trim().catch((error: unknown) => this.log('warning', errorData(error).message));
      const interrupted = { code: 'engineCrashed', message: 'Strata itself ended during this job.', details: {} };
      this.library.queue.recover(maxCrashesOfJob, poisonError(interrupted));
      this.#isQueuePaused = this.#flag('isQueuePaused') === 'true';
      this.#reconciling = this.#reconcile();
    }
    this.engine.start();
    void this.models.rescan(this.settings.get().modelFolders).catch((error: unknown) => this.log('error', errorData(error).message));
  }

  /** Ends the engine and closes everything; answers that have come are saved first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#closing.abort();
    this.models.stop();
    await this.engine.stop();
    await this.jobs.settled();
    await this.#reconciling;
    await this.library.thumbnails.settled();
    this.library.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  state(): StudioState {
    const { layout, isReadOnly, notices } = this.library;
    return {
      version: applicationVersion,
      dataFolder: layout.folder,
      isReadOnly,
      isQueuePaused: this.#isQueuePaused,
      engine: this.engine.state(),
      notices: [...notices],
    };
  }

  setPaused(isPaused: boolean): void {
    this.#isQueuePaused = isPaused;
    try {
      this.#setFlag('isQueuePaused', String(isPaused));
    } catch (error) {
      // The pause itself must hold even where it cannot be written down.
      this.log('error', errorData(error).message);
    }
    this.emit({ kind: 'state', state: this.state() });
    this.jobs.pump();
  }

  notice(level: 'info' | 'warning' | 'error', text: string): void {
    this.log(level, text);
    this.emit({ kind: 'notice', level, text });
  }

  emit(event: StudioEvent, buffers: readonly Uint8Array[] = []): void {
    if (!this.#isClosed) for (const listener of this.#listeners) listener(event, buffers);
  }

  /** Hears every event until the returned function is called. */
  listen(listener: StudioListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #engineChanged(): void {
    if (this.#isClosed) return;
    this.emit({ kind: 'state', state: this.state() });
    this.jobs.pump();
  }

  async #reconcile(): Promise<void> {
    try {
      const { added, forgotten } = await reconcile(this.library, {
        now: this.#now(),
        signal: this.#closing.signal,
        savesDone: () => this.jobs.savesDone(),
      });
      if (added + forgotten === 0) return;
      this.log('info', `The gallery took in ${added} pictures and forgot ${forgotten} whose files are gone.`);
      this.emit({ kind: 'gallery' });
    } catch (error) {
      if (!this.#isClosed) this.notice('error', `The gallery could not be compared with its folder: ${errorData(error).message}`);
    }
  }

  #flag(name: string): string | null {
    const row = this.library.database.prepare('SELECT value FROM flags WHERE name = ?').get(name);
    return row ? String(row['value']) : null;
  }

  #setFlag(name: string, value: string): void {
    if (!this.library.isReadOnly)
      this.library.database.prepare('INSERT OR REPLACE INTO flags (name, value) VALUES (?, ?)').run(name, value);
  }
}
