import { getContext, setContext } from 'svelte';
import type { StudioState } from '../../src-main/contract/records.ts';
import { applicationVersion } from '../../src-main/contract/version.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';
import { decodePicture, type Surface } from '../canvas/surface.ts';
import { TileStore } from '../canvas/tile-store.ts';
import type { SettingsRecord } from '../document/records.ts';
import type { StrataBridge } from './bridge.ts';
import { AttentionManager } from './attention-manager.svelte.ts';
import { CanvasManager } from './canvas-manager.svelte.ts';
import type { Connection } from './connection.ts';
import { DeviceManager } from './device-manager.svelte.ts';
import { DocumentManager } from './document-manager.svelte.ts';
import { GalleryManager } from './gallery-manager.svelte.ts';
import { GenerationManager } from './generation-manager.svelte.ts';
import { LinkManager } from './link-manager.svelte.ts';
import { ModelsManager } from './models-manager.svelte.ts';
import { QueueManager } from './queue-manager.svelte.ts';
import { SettingsManager } from './settings-manager.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

export const viewNames = ['Canvas', 'Gallery', 'Queue', 'Models', 'Settings'] as const;
export type ViewName = (typeof viewNames)[number];
export type DialogName = 'palette' | 'shortcuts' | 'documents';

const contextKey = Symbol('studio');

/** Everything that components share, made once a page (or once a test). */
export class Studio {
  view: ViewName = $state.raw('Canvas');
  state: StudioState | null = $state.raw(null);
  isReady = $state(false);
  /** Why the page cannot begin, or cannot go on. */
  lost: string | null = $state.raw(null);
  readonly link: LinkManager;
  readonly client: StudioClient;
  readonly bridge: StrataBridge | null;
  readonly assetUrl: (asset: string) => string;
  readonly thumbnailUrl: (asset: string) => string;
  readonly toasts = new Toasts();
  readonly settings: SettingsManager;
  readonly models: ModelsManager;
  readonly devices: DeviceManager;
  readonly queue: QueueManager;
  readonly gallery: GalleryManager;
  readonly document: DocumentManager;
  readonly canvas: CanvasManager;
  readonly generation: GenerationManager;
  readonly attention: AttentionManager;
  dialog: DialogName | null = $state.raw(null);

  constructor(connection: Connection) {
    this.client = new StudioClient(null, { role: 'renderer', version: applicationVersion, isPersistent: true });
    this.link = new LinkManager(this.client, connection.connect, () => void this.#catchUp());
    this.bridge = connection.bridge;
    this.assetUrl = connection.assetUrl;
    this.thumbnailUrl = connection.thumbnailUrl;
    const { client, toasts } = this;
    const tiles = new TileStore<Surface>(
      (asset) => this.fetchPicture(asset),
      () => this.canvas.tileLoaded(),
    );
    this.settings = new SettingsManager(client, toasts);
    this.models = new ModelsManager(client, toasts);
    this.devices = new DeviceManager(client, toasts);
    this.queue = new QueueManager(client, toasts);
    this.gallery = new GalleryManager(client, toasts);
    this.document = new DocumentManager(client, tiles, toasts);
    // The other window has let go: this one edits what that one left.
    this.document.onFree(() => void this.openDocument(this.document.summary?.id ?? '').catch((error: unknown) => toasts.error(error)));
    this.canvas = new CanvasManager(this.document, tiles, toasts);
    const { settings, document, canvas } = this;
    this.generation = new GenerationManager({ client, document, canvas, settings, toasts });
    this.attention = new AttentionManager(this.generation, canvas, document);
    this.#listen();
  }

  show(view: ViewName): void {
    this.view = view;
    this.dialog = null;
  }

  openDialog(name: DialogName): void {
    this.dialog = name;
  }

  toggleRemembered(name: string): void {
    this.settings.remember(name, !this.settings.remembered(name, false));
  }

  toggleTheme(): void {
    this.settings.set({ theme: document.documentElement.dataset['theme'] === 'light' ? 'dark' : 'light' });
  }

  /** Loads settings, models, queue and the last document. */
  async start(): Promise<void> {
    try {
      void this.link.start();
      this.state = await this.client.call('studio.state', {});
      this.queue.isPaused = this.state.isQueuePaused;
      for (const notice of this.state.notices) this.toasts.show('warning', notice);
      await Promise.all([this.settings.load(), this.models.load(), this.queue.load()]);
      await this.openDocument(this.settings.remembered('document', ''));
      this.isReady = true;
      // The engine may have named its models while the document was being opened.
      this.#takeModelSize();
      await this.gallery.load();
    } catch (error) {
      if (!this.isReady) this.lost = error instanceof Error ? error.message : String(error);
      else this.toasts.error(error);
    }
  }

  /** Opens the document with this id, else the newest, else a new one. */
  async openDocument(id: string, isTakeover = false): Promise<void> {
    // Another document must not cost what could not be saved of this one.
    if (this.document.access.hasUnsaved) await this.saveAsCopy();
    const { documents } = await this.client.call('documents.list', {});
    const newest = [...documents].sort((a, b) => b.updatedAt - a.updatedAt)[0];
    const summary =
      documents.find((document) => document.id === id) ?? newest ?? (await this.client.call('documents.create', { name: 'Untitled' }));
    await this.document.open(summary, this.#beginning(), isTakeover);
    if (this.settings.remembered('document', '') !== summary.id) this.settings.remember('document', summary.id);
    this.generation.adopt(this.queue.jobs);
    this.canvas.fitFrame();
  }

  /** Edits a document that another window has: that one saves first. What this window showed of it is read anew. */
  async takeOver(): Promise<void> {
    const id = this.document.summary?.id;
    if (id !== undefined) await this.openDocument(id, true);
  }

  /** Everything that this window holds, unsaved changes included, as a document of its own. */
  async saveAsCopy(): Promise<void> {
    const summary = await this.document.saveAsCopy();
    this.settings.remember('document', summary.id);
    this.toasts.show('info', `Saved as “${summary.name}”. This window edits the copy now.`);
  }

  /** Lets go of what could not be saved and shows the document as it is. */
  async discardUnsaved(): Promise<void> {
    this.document.access.hasUnsaved = false;
    await this.openDocument(this.document.summary?.id ?? '');
  }

  async newDocument(name = 'Untitled'): Promise<void> {
    const summary = await this.client.call('documents.create', { name });
    await this.openDocument(summary.id);
  }

  async fetchPicture(asset: string): Promise<Surface> {
    const { buffers } = await this.client.callWithBuffers('assets.get', { asset }, []);
    const bytes = buffers[0];
    if (!bytes) throw new Error('The studio answered without the picture.');
    return await decodePicture(bytes);
  }

  /** Frame and settings of a new document: what the first usable model is at its best with. */
  #beginning() {
    const model = this.models.checkpoints[0];
    const { width = 512, height = 512, steps, guidance } = model?.defaults ?? {};
    const settings: Partial<SettingsRecord> = {
      model: model?.id ?? 'starter',
      ...(steps !== undefined && { steps }),
      ...(guidance !== undefined && { guidance }),
      syntax: this.settings.value.promptSyntax,
    };
    return { frame: { x: 0, y: 0, width, height }, settings };
  }

  /** After a lost connection: what has happened meanwhile. */
  async #catchUp(): Promise<void> {
    try {
      const state = await this.client.call('studio.state', {});
      this.#stateChanged(state);
      this.queue.isPaused = state.isQueuePaused;
      await this.document.catchUp();
      await Promise.all([this.settings.load(), this.models.load(), this.queue.load()]);
      await this.generation.catchUp(this.queue.jobs);
      this.gallery.catchUp();
    } catch (error) {
      this.toasts.error(error);
    }
  }

  /** An engine that has come up can plan what it could not before. */
  #stateChanged(state: StudioState): void {
    const wasReady = this.state?.engine.state === 'ready' || this.state?.engine.state === 'busy';
    this.state = state;
    if (!wasReady && state.engine.state === 'ready') this.generation.schedulePlan();
  }

  /** The engine may name its models after the page is there: a document that nobody has touched takes the size of the first. */
  async #modelsChanged(): Promise<void> {
    const wasEmpty = this.models.checkpoints.length === 0;
    await this.models.load();
    if (wasEmpty && this.isReady) this.#takeModelSize();
    this.generation.schedulePlan();
  }

  #takeModelSize(): void {
    if (this.models.checkpoints.length === 0) return;
    this.document.beginWith(this.#beginning());
    this.canvas.fitFrame();
  }

  #listen(): void {
    this.client.listen((event, buffers) => {
      if (event.kind === 'state') this.#stateChanged(event.state);
      if (event.kind === 'notice') this.toasts.show(event.level, event.text);
      this.settings.receive(event, buffers);
      this.document.receive(event);
      if (event.kind === 'models') void this.#modelsChanged().catch((error: unknown) => this.toasts.error(error));
      this.queue.receive(event, buffers);
      this.gallery.receive(event, buffers);
      this.generation.receive(event, buffers);
      this.attention.receive(event, buffers);
    });
    this.client.onClose((reason) => {
      if (this.client.isEnded) this.lost = reason?.message ?? 'The connection to the studio was lost.';
    });
  }
}

export function provideStudio(studio: Studio): void {
  setContext(contextKey, studio);
}

export function useStudio(): Studio {
  return getContext<Studio>(contextKey);
}
