import type { Job } from '../../src-main/contract/records.ts';
import type { Progress } from '../../src-main/contract/reports.ts';
import type { StudioClient, StudioEventListener } from '../../src-main/contract/studio-client.ts';
import { context, newSurface, type Surface } from '../canvas/surface.ts';
import type { Toasts } from './toasts.svelte.ts';

/** What is known of a job that is running: the newest progress and its small picture. */
export interface Running {
  readonly progress: Progress;
  readonly preview: Surface | null;
}

/** The queue as the studio keeps it, with the progress of what is running. */
export class QueueManager {
  jobs: readonly Job[] = $state.raw([]);
  running: ReadonlyMap<number, Running> = $state.raw(new Map());
  isPaused = $state(false);
  readonly unfinished: readonly Job[] = $derived(this.jobs.filter((job) => job.state === 'queued' || job.state === 'running'));
  readonly finished: readonly Job[] = $derived(this.jobs.filter((job) => job.state !== 'queued' && job.state !== 'running'));
  readonly #client: StudioClient;
  readonly #toasts: Toasts;
  #isListing = false;
  #isStale = false;

  constructor(client: StudioClient, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  /** Lists again; calls that come while one is under way are served by one more. */
  async load(): Promise<void> {
    this.#isStale = true;
    if (this.#isListing) return;
    this.#isListing = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        this.jobs = (await this.#client.call('queue.list', {})).jobs;
      }
    } finally {
      this.#isListing = false;
    }
  }

  cancel(job: number): Promise<void> {
    return this.#do(this.#client.call('queue.cancel', { job }));
  }

  cancelAll(): Promise<void> {
    return this.#do(this.#client.call('queue.cancelAll', {}));
  }

  retry(job: number): Promise<void> {
    return this.#do(this.#client.call('queue.retry', { job }));
  }

  move(job: number, before: number | null): Promise<void> {
    return this.#do(this.#client.call('queue.move', { job, before }));
  }

  setPaused(isPaused: boolean): Promise<void> {
    this.isPaused = isPaused;
    return this.#do(this.#client.call('queue.pause', { isPaused }));
  }

  clearFinished(): Promise<void> {
    return this.#do(this.#client.call('queue.clearFinished', {}));
  }

  async #do(action: Promise<unknown>): Promise<void> {
    try {
      await action;
      await this.load();
    } catch (error) {
      this.#toasts.error(error);
    }
  }

  readonly receive: StudioEventListener = (event, buffers) => {
    if (event.kind === 'progress') return this.#progress(event.job, event.progress, buffers);
    if (event.kind === 'state') this.isPaused = event.state.isQueuePaused;
    if (event.kind === 'queue') void this.load().catch((error: unknown) => this.#toasts.error(error));
    if (event.kind !== 'job') return;
    const { job } = event;
    if (job.state !== 'running') this.#forget(job.id);
    if (this.jobs.some((known) => known.id === job.id)) this.jobs = this.jobs.map((known) => (known.id === job.id ? job : known));
    else void this.load().catch((error: unknown) => this.#toasts.error(error));
  };

  #progress(job: number, progress: Progress, buffers: readonly Uint8Array[]): void {
    const bytes = buffers[0];
    const preview = progress.preview && bytes ? surfaceFromRgb(bytes, progress.preview) : (this.running.get(job)?.preview ?? null);
    this.running = new Map(this.running).set(job, { progress, preview });
  }

  #forget(job: number): void {
    if (!this.running.has(job)) return;
    const rest = new Map(this.running);
    rest.delete(job);
    this.running = rest;
  }
}

function surfaceFromRgb(bytes: Uint8Array, { width, height }: { readonly width: number; readonly height: number }): Surface {
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    image.data[4 * index] = bytes[3 * index] ?? 0;
    image.data[4 * index + 1] = bytes[3 * index + 1] ?? 0;
    image.data[4 * index + 2] = bytes[3 * index + 2] ?? 0;
    image.data[4 * index + 3] = 255;
  }
  const surface = newSurface(width, height);
  context(surface).putImageData(image, 0, 0);
  return surface;
}
