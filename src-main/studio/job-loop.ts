import type { EngineAnswer } from './supervision/engine-process.ts';
import { AppError, errorData, type ErrorData } from '../contract/errors.ts';
import type { AssetId } from '../contract/protocol.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { Job, Picture } from '../contract/records.ts';
import type { StudioEvent } from '../contract/studio-methods.ts';
import { recipeAssets } from './recipe-assets.ts';
import type { AssetStore } from './files/asset-store.ts';
import { encodePicture } from './files/picture-file.ts';
import type { GalleryTable, NewPicture } from './store/gallery-table.ts';
import { storeError } from './store/database.ts';
import type { QueueTable } from './store/queue-table.ts';
import type { EngineSupervisor, JobOutcome, RunningJob } from './supervision/engine-supervisor.ts';

export interface JobLoopParts {
  readonly queue: QueueTable;
  readonly gallery: GalleryTable;
  readonly pictures: AssetStore;
  readonly assets: AssetStore;
  /** Where the file of an asset or picture lies. @throws AppError `assetMissing` */
  readonly assetPath: (id: AssetId) => string;
  readonly engine: EngineSupervisor;
  readonly emit: (event: StudioEvent, buffers?: readonly Uint8Array[]) => void;
  /** Stops giving out jobs until a person goes on: the disk is full. */
  readonly pause: (reason: string) => void;
  readonly isPaused: () => boolean;
}

/** Gives the engine one job after another and puts what comes back where it belongs. */
export class JobLoop {
  readonly #parts: JobLoopParts;
  #running: { readonly job: number; readonly handle: RunningJob } | null = null;
  readonly #finishing = new Set<Promise<void>>();
  readonly #saving = new Set<Promise<void>>();

  constructor(parts: JobLoopParts) {
    this.#parts = parts;
  }

  /** Starts the next job when the engine is free. Call it after every change of the engine or the queue. */
  pump(): void {
    const { engine, queue, isPaused } = this.#parts;
    if (this.#running || !engine.isReady || isPaused()) return;
    try {
      const next = queue.next();
      if (next) this.#start(next);
    } catch (error) {
      this.#stop(error);
    }
  }

  /** The queue itself cannot be kept (the disk is full): nothing more is given out until a person says so. */
  #stop(error: unknown): void {
    this.#running = null;
    this.#parts.pause(`The queue was paused: ${errorData(storeError(error)).message}`);
  }

  cancel(id: number): void {
    const { queue } = this.#parts;
    if (this.#running?.job === id) return this.#running.handle.cancel();
    if (queue.get(id).state === 'queued') this.#tell(queue.finish(id, 'cancelled', null));
  }

  cancelAll(): void {
    for (const job of this.#parts.queue.cancelWaiting()) this.#tell(job);
    this.#running?.handle.cancel();
  }

  /** Resolves when every answer that has come from the engine is on disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#finishing);
  }

  /** Resolves when the pictures that are being saved now are in the gallery. */
  async savesDone(): Promise<void> {
    await Promise.all(this.#saving);
  }

  async #track(save: Promise<void>): Promise<void> {
    this.#saving.add(save);
    await save.finally(() => this.#saving.delete(save));
  }

  #start(next: Job): void {
    const { queue, engine } = this.#parts;
    const job = queue.start(next.id);
    this.#tell(job);
    // Set before the engine takes the job: its change of state calls `pump` again.
    const placeholder = { job: job.id, handle: { outcome: Promise.resolve(null as never), cancel: () => undefined } };
    this.#running = placeholder;
    let handle: RunningJob;
    try {
      const request = { kind: 'generate', recipe: this.#recipeToRun(job.recipe), assets: this.#assetPaths(job.recipe) } as const;
      handle = engine.runJob(job.id, request, {
        progress: (progress, buffers) => this.#parts.emit({ kind: 'progress', job: job.id, progress }, buffers),
      });
    } catch (error) {
      this.#running = null;
      this.#tell(queue.finish(job.id, 'failed', errorData(error)));
      queueMicrotask(() => this.pump());
      return;
    }
    this.#running = { job: job.id, handle };
    const finishing = handle.outcome.then((outcome) => this.#finish(job, outcome)).catch((error: unknown) => this.#stop(error));
    this.#finishing.add(finishing);
    void finishing.finally(() => this.#finishing.delete(finishing));
  }

  async #finish(job: Job, outcome: JobOutcome): Promise<void> {
    const { queue } = this.#parts;
    this.#running = null;
    switch (outcome.type) {
      case 'answer':
        await this.#track(this.#save(job, outcome.answer));
        break;
      case 'error':
        this.#tell(queue.finish(job.id, outcome.error.code === 'cancelled' ? 'cancelled' : 'failed', outcome.error));
        break;
      case 'requeue':
        this.#tell(queue.requeue(job.id, { error: outcome.error, isAskedFor: false }));
        break;
      case 'poison':
        this.#tell(queue.finish(job.id, 'poisonous', outcome.error));
        break;
    }
    this.pump();
  }

  /** Files first, then the rows that show them, then the job's end: whatever is cut short is put right at the next start. */
  async #save(job: Job, answer: EngineAnswer<'generate'>): Promise<void> {
    const { queue, gallery, emit, pause } = this.#parts;
    try {
      const rows = await this.#store(job, answer);
      const pictures = gallery.add(rows);
      this.#tell(queue.finish(job.id, 'done', null));
      for (const picture of pictures) emit({ kind: 'picture', picture });
      for (const text of new Set(answer.value.pictures.flatMap(({ warnings }) => warnings)))
        emit({ kind: 'notice', level: 'warning', text });
    } catch (error) {
      const data: ErrorData = errorData(storeError(error));
      if (data.code !== 'diskFull') return this.#tell(queue.finish(job.id, 'failed', data));
      this.#tell(queue.requeue(job.id, { error: data, isAskedFor: true }));
      pause(`${data.message} The queue is paused; make room and let it go on.`);
    }
  }

  async #store(job: Job, answer: EngineAnswer<'generate'>): Promise<NewPicture[]> {
    const rows: NewPicture[] = [];
    let buffer = 0;
    for (const found of answer.value.pictures) {
      const rgb = answer.buffers[buffer++];
      const values = found.capture ? answer.buffers[buffer++] : null;
      if (rgb === undefined || values === undefined)
        throw new AppError('protocolError', 'The engine sent fewer pictures than it announced.');
      // The recipe that was asked for, not the one that safe mode changed.
      const recipe: Recipe = { ...found.recipe, engine: job.recipe.engine };
      const asset = await this.#parts.pictures.put([await encodePicture({ ...found, rgb, recipe })]);
      const capture: Picture['capture'] =
        found.capture && values ? { info: found.capture, asset: await this.#parts.assets.put([values]) } : null;
      rows.push({ asset, width: found.width, height: found.height, recipe, seconds: found.seconds, job: job.id, capture });
    }
    return rows;
  }

  #recipeToRun(recipe: Recipe): Recipe {
    return this.#parts.engine.isSafeMode ? { ...recipe, engine: { ...recipe.engine, device: 'cpu' } } : recipe;
  }

  #assetPaths(recipe: Recipe): Record<AssetId, string> {
    return Object.fromEntries(recipeAssets(recipe).map((id) => [id, this.#parts.assetPath(id)]));
  }

  #tell(job: Job): void {
    this.#parts.emit({ kind: 'job', job });
  }
}
