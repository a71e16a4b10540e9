import type { Job, Picture } from '../../src-main/contract/records.ts';
import { recipeSchema, type RecipeInput } from '../../src-main/contract/recipe.ts';
import type { CaptureInfo, Plan } from '../../src-main/contract/reports.ts';
import type { StudioClient, StudioEventListener } from '../../src-main/contract/studio-client.ts';
import { collectFrameAssets, frameContent, paintedMasks } from '../canvas/frame-assets.ts';
import { exactBounds, patchByDrawing } from '../canvas/layer-pixels.ts';
import { decodePicture, type Surface } from '../canvas/surface.ts';
import { paintTiles } from '../document/commands.ts';
import { intersect, translate, type Rectangle } from '../document/geometry.ts';
import {
  activeLayers,
  maskRegions,
  modeOf,
  planTitle,
  recipeFromDocument,
  type FrameAssets,
  type Mode,
} from '../document/recipe-from-document.ts';
import type { LayerId } from '../document/records.ts';
import type { CanvasManager } from './canvas-manager.svelte.ts';
import type { DocumentManager } from './document-manager.svelte.ts';
import { addPictureLayer } from './pictures.ts';
import type { SettingsManager } from './settings-manager.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

const planDelayMs = 250;
/** Names a picture in recipes that are only planned; never fetched. */
const placeholderAsset = '0'.repeat(64);
const seedLimit = 2 ** 32;

/** One place of the staging strip: a job of this document and, once it is drawn, its picture. */
export interface Candidate {
  readonly job: number;
  readonly state: Job['state'];
  /** Where the frame was when it was started. */
  readonly frame: Rectangle;
  readonly picture: Picture | null;
  readonly surface: Surface | null;
}

export interface Attention {
  readonly info: CaptureInfo;
  readonly values: Uint8Array;
  readonly frame: Rectangle;
}

/** From the document to a recipe, its plan, its jobs, and the candidates that come back. */
export class GenerationManager {
  plan: Plan | null = $state.raw(null);
  /** Why there is no plan, in the words of the engine. */
  planProblem: string | null = $state.raw(null);
  mode: Mode = $state.raw('text to image');
  isPreparing = $state(false);
  lastSeed: number | null = $state.raw(null);
  candidates: readonly Candidate[] = $state.raw([]);
  chosen: number | null = $state.raw(null);
  readonly chosenCandidate: Candidate | null = $derived(this.candidates.find((candidate) => candidate.job === this.chosen) ?? null);
  readonly title: string = $derived.by(() => this.#title());

  #timer: ReturnType<typeof setTimeout> | null = null;
  #planNumber = 0;
  readonly #frames = new Map<number, Rectangle>();
  readonly #client: StudioClient;
  readonly #document: DocumentManager;
  readonly #canvas: CanvasManager;
  readonly #settings: SettingsManager;
  readonly #toasts: Toasts;

  constructor(parts: {
    client: StudioClient;
    document: DocumentManager;
    canvas: CanvasManager;
    settings: SettingsManager;
    toasts: Toasts;
  }) {
    this.#client = parts.client;
    this.#document = parts.document;
    this.#canvas = parts.canvas;
    this.#settings = parts.settings;
    this.#toasts = parts.toasts;
    parts.document.onChange(() => this.schedulePlan());
  }

  schedulePlan(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refreshPlan(), planDelayMs);
  }

  async refreshPlan(): Promise<void> {
    const number = ++this.#planNumber;
    const assets = this.#placeholderAssets();
    this.mode = modeOf(assets.content, assets.inpaintMasks.size > 0);
    try {
      const recipe = recipeSchema.parse(this.#withEngine(recipeFromDocument(this.#document.records, assets)));
      const plan = await this.#client.call('recipe.plan', { recipe });
      if (number !== this.#planNumber) return;
      this.plan = plan;
      this.planProblem = null;
    } catch (error) {
      // The plan is a courtesy: without it the mode is still shown and a run may be tried.
      if (number !== this.#planNumber) return;
      this.plan = null;
      this.planProblem = error instanceof Error ? error.message : String(error);
    }
  }

  /** Uploads what the frame holds and queues as many pictures as the batch says. */
  async generate(priority: 'interactive' | 'bulk' = 'interactive'): Promise<void> {
    if (this.isPreparing) return;
    this.isPreparing = true;
    try {
      const { frame } = this.#document.canvas;
      const { batch, seed, seedLocked } = this.#document.settings;
      const assets = await collectFrameAssets(this.#document.records, this.#canvas.tiles, {
        put: (png) => this.#put(png),
        fetch: (asset) => this.#picture(asset),
      });
      const used = seedLocked ? seed : Math.floor(Math.random() * seedLimit);
      const recipe = recipeSchema.parse({ ...this.#withEngine(recipeFromDocument(this.#document.records, assets)), seed: used });
      this.lastSeed = used;
      const document = this.#document.summary?.id ?? null;
      const key = crypto.randomUUID();
      const { jobs } = await this.#client.call('queue.add', { recipe, count: batch, priority, document, key });
      for (const job of jobs) {
        this.#frames.set(job.id, frame);
        // An event may have told more about it already.
        if (!this.candidates.some((candidate) => candidate.job === job.id)) this.#upsert(job);
      }
      this.chosen = jobs[0]?.id ?? this.chosen;
    } catch (error) {
      this.#toasts.error(error);
    } finally {
      this.isPreparing = false;
    }
  }

  choose(job: number): void {
    this.chosen = job;
    this.#canvas.requestDraw();
  }

  /** Makes the chosen picture a new raster layer above the active one. */
  async accept(): Promise<void> {
    const candidate = this.chosenCandidate;
    const surface = candidate && (await this.#surfaceOf(candidate));
    if (!candidate || !surface) return;
    const name = candidate.picture?.recipe.prompt.slice(0, 40) || 'Generated picture';
    addPictureLayer(this.#document, this.#canvas, surface, { at: candidate.frame, name });
    this.#remove(candidate.job);
  }

  /** Puts the chosen picture in the place of what the active raster layer (else the topmost) has in the frame. */
  async replace(): Promise<void> {
    const candidate = this.chosenCandidate;
    const { active, layers } = this.#document;
    const layer = active?.kind === 'raster' ? active : layers.find((other) => other.kind === 'raster');
    if (layer === undefined) return await this.accept();
    if (layer.locked) return this.#toasts.show('info', `${layer.name} is locked.`);
    const surface = candidate && (await this.#surfaceOf(candidate));
    if (!candidate || !surface) return;
    const local = translate(candidate.frame, { x: -layer.offset.x, y: -layer.offset.y });
    const patch = patchByDrawing(layer, local, this.#canvas.tiles, (target) => {
      target.clearRect(local.x, local.y, local.width, local.height);
      target.drawImage(surface, local.x, local.y);
    });
    this.#document.apply(paintTiles(this.#document.records, layer.id, patch, `Replace in ${layer.name}`));
    this.#remove(candidate.job);
  }

  /** The chosen picture goes to the trash of the gallery, from where it can be restored. */
  async discard(): Promise<void> {
    const candidate = this.chosenCandidate;
    if (!candidate) return;
    this.#remove(candidate.job);
    const picture = candidate.picture?.id;
    if (picture === undefined) return;
    try {
      await this.#client.call('gallery.trash', { pictures: [picture] });
      const restore = () => void this.#client.call('gallery.restore', { pictures: [picture] });
      this.#toasts.show('info', 'Discarded. The picture is in the trash of the gallery.', { label: 'Restore', run: restore });
    } catch (error) {
      this.#toasts.error(error);
    }
  }

  /** Empties the strip; all its pictures stay in the gallery. */
  keepAll(): void {
    this.candidates = this.candidates.filter((candidate) => candidate.state === 'queued' || candidate.state === 'running');
    this.chosen = this.candidates[0]?.job ?? null;
    this.#canvas.requestDraw();
  }

  async cancel(): Promise<void> {
    const open = this.candidates.filter((candidate) => candidate.state === 'queued' || candidate.state === 'running');
    try {
      for (const candidate of [...open].reverse()) await this.#client.call('queue.cancel', { job: candidate.job });
    } catch (error) {
      this.#toasts.error(error);
    }
  }

  /** Where prompts and references won in a finished picture; null when it was drawn without the capture. */
  async attentionOf(candidate: Candidate): Promise<Attention | null> {
    const capture = candidate.picture?.capture;
    if (!capture) return null;
    const { buffers } = await this.#client.callWithBuffers('assets.get', { asset: capture.asset }, []);
    const values = buffers[0];
    return values ? { info: capture.info, values, frame: candidate.frame } : null;
  }

  /** Shows jobs of this document that were started before the page was opened. */
  adopt(jobs: readonly Job[]): void {
    this.candidates = [];
    this.chosen = null;
    for (const job of jobs) {
      if (job.document !== this.#document.summary?.id || (job.state !== 'queued' && job.state !== 'running')) continue;
      this.#upsert(job);
      this.chosen ??= job.id;
    }
  }

  /** After a lost connection: what became of the open candidates meanwhile. */
  async catchUp(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      if (job.document !== this.#document.summary?.id) continue;
      this.#jobChanged(job);
      const [picture] = job.pictures;
      const candidate = this.candidates.find((known) => known.job === job.id);
      if (candidate?.picture === null && picture !== undefined)
        await this.#pictureArrived(await this.#client.call('gallery.get', { picture }));
    }
    this.schedulePlan();
  }

  readonly receive: StudioEventListener = (event) => {
    if (event.kind === 'job' && event.job.document === this.#document.summary?.id) this.#jobChanged(event.job);
    if (event.kind === 'picture') void this.#pictureArrived(event.picture);
  };

  #jobChanged(job: Job): void {
    const known = this.candidates.some((candidate) => candidate.job === job.id);
    const isOpen = job.state === 'queued' || job.state === 'running';
    if (!known && !isOpen) return;
    if (job.state === 'cancelled') return this.#remove(job.id);
    if ((job.state === 'failed' || job.state === 'poisonous') && known) {
      this.#toasts.show('error', job.error?.message ?? 'The picture could not be drawn.');
      return this.#remove(job.id);
    }
    this.#upsert(job);
    if (job.state === 'running' && this.chosenCandidate?.picture === null) this.chosen = job.id;
  }

  async #pictureArrived(picture: Picture): Promise<void> {
    const candidate = this.candidates.find((known) => known.job === picture.job);
    if (!candidate) return;
    this.#change({ ...candidate, state: 'done', picture });
    try {
      const { buffers } = await this.#client.callWithBuffers('assets.get', { asset: picture.asset }, []);
      const surface = buffers[0] ? await decodePicture(buffers[0]) : null;
      const now = this.candidates.find((known) => known.job === picture.job);
      if (now) this.#change({ ...now, surface });
    } catch (error) {
      this.#toasts.error(error);
    }
    this.#canvas.requestDraw();
  }

  async #surfaceOf(candidate: Candidate): Promise<Surface | null> {
    if (candidate.surface || !candidate.picture) return candidate.surface;
    const { buffers } = await this.#client.callWithBuffers('assets.get', { asset: candidate.picture.asset }, []);
    return buffers[0] ? await decodePicture(buffers[0]) : null;
  }

  #upsert(job: Job): void {
    const known = this.candidates.find((candidate) => candidate.job === job.id);
    if (known) return this.#change({ ...known, state: job.state });
    const frame = this.#frames.get(job.id) ?? this.#document.canvas.frame;
    this.candidates = [...this.candidates, { job: job.id, state: job.state, frame, picture: null, surface: null }];
  }

  #change(candidate: Candidate): void {
    this.candidates = this.candidates.map((known) => (known.job === candidate.job ? candidate : known));
  }

  #remove(job: number): void {
    const at = this.candidates.findIndex((candidate) => candidate.job === job);
    this.candidates = this.candidates.filter((candidate) => candidate.job !== job);
    if (this.chosen === job) this.chosen = this.candidates[Math.min(at, this.candidates.length - 1)]?.job ?? null;
    this.#canvas.requestDraw();
  }

  async #put(png: Uint8Array): Promise<string> {
    return (await this.#client.callWithBuffers('assets.put', { kind: 'picture' }, [png])).value.asset;
  }

  async #picture(asset: string): Promise<Surface> {
    const { buffers } = await this.#client.callWithBuffers('assets.get', { asset }, []);
    if (!buffers[0]) throw new Error('The studio answered without the picture.');
    return await decodePicture(buffers[0]);
  }

  #withEngine(recipe: RecipeInput): RecipeInput {
    const { device, precision, maxMemoryBytes } = this.#settings.value;
    return { ...recipe, engine: { device, precision, ...(maxMemoryBytes !== null && { maxMemoryBytes }) } };
  }

  /** As the assets of a run would be, without uploading anything: enough for mode, time and memory. */
  #placeholderAssets(): FrameAssets {
    const { records } = this.#document;
    const { frame } = this.#document.canvas;
    const { tiles } = this.#canvas;
    const touching = (layers: ReturnType<typeof activeLayers>['regions' | 'controls']): Map<LayerId, string> =>
      new Map(
        layers.flatMap((layer) => {
          const bounds = exactBounds(layer, tiles);
          return bounds !== null && intersect(bounds, frame) !== null ? [[layer.id, placeholderAsset] as const] : [];
        }),
      );
    const { controls } = activeLayers(records);
    const content = frameContent(records, tiles);
    return {
      content,
      ...(content !== 'transparent' && { picture: placeholderAsset }),
      regionMasks: touching(maskRegions(records)),
      controlPictures: touching(controls),
      crops: new Map(),
      inpaintMasks: new Map(paintedMasks(records, tiles).map(({ id }) => [id, placeholderAsset])),
    };
  }

  #title(): string {
    const count = (kind: string) => this.#document.layers.filter((layer) => layer.kind === kind && !layer.hidden).length;
    return planTitle(this.mode, { regions: count('region'), controls: count('control'), references: count('reference') });
  }
}
