import { AppError } from '../../src-main/contract/errors.ts';
import type { DocumentSummary, JournalEntry as SavedEntry } from '../../src-main/contract/records.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { StudioEvent } from '../../src-main/contract/studio-methods.ts';
import type { Tiles } from '../canvas/layer-pixels.ts';
import {
  addLayers,
  canvasOf,
  duplicateLayer,
  editLayer,
  editSettings,
  layersOf,
  removeLayer,
  reorderLayer,
  settingsOf,
} from '../document/commands.ts';
import type { Delta, RecordMap } from '../document/delta.ts';
import type { Rectangle } from '../document/geometry.ts';
import { DocumentStore, type JournalEntry } from '../document/history.ts';
import { newDocument, newLayer } from '../document/new-records.ts';
import type { CanvasRecord, DocumentRecord, Layer, LayerId, LayerKind, SettingsRecord } from '../document/records.ts';
import { tilesOfRecords } from '../document/tile-ids.ts';
import { DocumentAccess } from './document-access.svelte.ts';
import { DocumentFollower } from './document-follower.ts';
import { Journal, type SavedCommand } from './journal.ts';
import type { Toasts } from './toasts.svelte.ts';

const entriesPerPage = 1000;
const session: DocumentRecord = { id: 'session', type: 'session', activeLayer: null };

/** What a new document starts with. */
export interface Beginning {
  readonly frame: Rectangle;
  readonly settings: Partial<SettingsRecord>;
}

/** The open document for components: its records as state, commands as methods, and its journal. */
export class DocumentManager {
  canvas: CanvasRecord = $state.raw(canvasOf(recordMap(newDocument())));
  settings: SettingsRecord = $state.raw(settingsOf(recordMap(newDocument())));
  /** From top to bottom. */
  layers: readonly Layer[] = $state.raw([]);
  activeId: LayerId | null = $state.raw(null);
  undoLabel: string | null = $state.raw(null);
  redoLabel: string | null = $state.raw(null);
  saved: 'saved' | 'saving' | 'failed' = $state.raw('saved');
  summary: DocumentSummary | null = $state.raw(null);
  readonly active: Layer | null = $derived(this.layers.find((layer) => layer.id === this.activeId) ?? null);

  #store = new DocumentStore(newDocument());
  #journal: Journal | null = null;
  /** Records of a new document that nothing was done to yet: they are written with its first change. */
  #beginning: readonly DocumentRecord[] | null = null;
  readonly #client: StudioClient;
  readonly #tiles: Tiles;
  readonly #toasts: Toasts;
  readonly #listeners = new Set<() => void>();
  readonly access: DocumentAccess;
  readonly #follower: DocumentFollower;
  #onFree: () => void = () => undefined;

  constructor(client: StudioClient, tiles: Tiles, toasts: Toasts) {
    this.#client = client;
    this.#tiles = tiles;
    this.#toasts = toasts;
    this.access = new DocumentAccess(client, {
      save: () => this.flush(),
      onTaken: () => toasts.show('info', 'Another window edits this document now.'),
      onFree: () => this.#onFree(),
    });
    this.#follower = new DocumentFollower(client, {
      next: (document) => (document === this.summary?.id ? this.#next() : null),
      show: (entries) => this.#show(entries),
      failed: (error) => toasts.error(error),
    });
  }

  receive(event: StudioEvent): void {
    this.access.receive(event);
    this.#follower.receive(event);
  }

  /** After a lost connection: this window writes the document again, or shows what another one has done meanwhile. */
  async catchUp(): Promise<void> {
    await this.access.claimAgain();
    if (this.summary) await this.#follower.catchUp(this.summary.id);
  }

  /** Called when another window has let go of the document that this one only shows. */
  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  get records(): RecordMap {
    return this.#store.records;
  }

  /** Called after every change of the document; returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  apply(delta: Delta): void {
    if (!this.#isRefused()) this.#store.apply(delta);
  }

  closeStep(): void {
    this.#store.closeStep();
  }

  undo(): void {
    if (!this.#isRefused()) this.#store.undo();
  }

  redo(): void {
    if (!this.#isRefused()) this.#store.redo();
  }

  setActive(id: LayerId | null): void {
    if (id !== null && !this.records.has(id)) return;
    this.#store.setSession({ id: 'session', type: 'session', activeLayer: id });
    this.activeId = id;
    for (const listener of this.#listeners) listener();
  }

  newId(): LayerId {
    return crypto.randomUUID() as LayerId;
  }

  /** A new layer of a kind above the active one; it becomes active. `fields` override its defaults. */
  addLayer<K extends LayerKind>(kind: K, fields: Partial<Extract<Layer, { kind: K }>> = {}): Extract<Layer, { kind: K }> {
    const index = this.layers.filter((layer) => layer.kind === kind).length;
    const layer = { ...newLayer(kind, this.newId(), index), ...fields };
    this.apply(addLayers(this.records, [layer], this.activeId));
    this.setActive(layer.id);
    return layer;
  }

  removeLayer(id: LayerId): void {
    this.apply(removeLayer(this.records, id));
  }

  duplicateLayer(id: LayerId): void {
    const copy = this.newId();
    this.apply(duplicateLayer(this.records, id, copy));
    this.setActive(copy);
  }

  moveLayer(id: LayerId, index: number): void {
    this.apply(reorderLayer(this.records, id, index));
  }

  editLayer<L extends Layer>(layer: L, fields: Partial<Omit<L, 'id' | 'type' | 'kind'>>, label: string, gesture?: string): void {
    this.apply(editLayer(this.records, layer.id, fields, label, gesture));
  }

  edit(fields: Partial<Omit<SettingsRecord, 'id' | 'type'>>, label: string, gesture?: string): void {
    this.apply(editSettings(this.records, fields, label, gesture));
  }

  /** Opens a document of the studio, with its whole history, or begins a new one. `frame` is for a document without entries. */
  async open(summary: DocumentSummary, begin: Beginning, isTakeover = false): Promise<void> {
    if (!this.access.isReader) await this.#journal?.flush();
    await this.access.claim(summary.id, isTakeover);
    const { document, records, entries, isNew } = await this.#load(summary.id, begin);
    const store = new DocumentStore(records);
    store.replay(entries);
    this.#install(store, document);
    this.#beginning = isNew ? store.documentRecords() : null;
    this.activeId = canvasOf(store.records).order[0] ?? null;
    this.#project();
    await this.#follower.catchUp(summary.id);
  }

  /** The entry that follows those that this window shows, where it only shows them. */
  #next(): number | null {
    const { isReader, hasUnsaved } = this.access;
    return isReader && !hasUnsaved && this.#journal?.isIdle ? this.#journal.sequence + 1 : null;
  }

  #show(saved: readonly SavedEntry[]): void {
    const first = saved[0]?.command as SavedCommand | undefined;
    const isBegin = first?.type === 'begin';
    if (isBegin && this.summary) this.#install(new DocumentStore([...first.records, session]), { ...this.summary, sequence: 0 });
    this.#beginning = null;
    this.#store.replay(saved.slice(isBegin ? 1 : 0).map(entryFromSaved));
    this.#journal?.advance(saved.length);
    this.#project();
  }

  /** The records of this window, unsaved changes included, as a new document that this window then edits. Its history begins anew. */
  async saveAsCopy(): Promise<DocumentSummary> {
    const records = this.#store.documentRecords();
    const summary = await this.#client.call('documents.create', { name: `${this.summary?.name ?? 'Untitled'} (copy)` });
    await this.access.claim(summary.id);
    const journal = this.#install(new DocumentStore(records), summary);
    this.#beginning = null;
    journal.push({ type: 'begin', version: 1, records: records.filter((record) => record.type !== 'session') });
    await journal.flush();
    this.#project();
    return summary;
  }

  #install(store: DocumentStore, summary: DocumentSummary): Journal {
    this.#store = store;
    this.summary = summary;
    this.saved = 'saved';
    this.#journal = new Journal({
      client: this.#client,
      tiles: this.#tiles,
      document: summary.id,
      sequence: summary.sequence,
      records: () => this.#store.documentRecords(),
      onState: (state) => this.#journalState(state),
    });
    store.onChange((entry) => this.#changed(entry));
    return this.#journal;
  }

  /** Gives a new document another frame and other settings; does nothing once something was done to it. */
  beginWith(begin: Beginning): void {
    if (this.#beginning === null) return;
    const records = beginningRecords(this.canvas.name, begin);
    this.#store = new DocumentStore(records);
    this.#store.onChange((entry) => this.#changed(entry));
    this.#beginning = this.#store.documentRecords();
    this.#project();
  }

  /** Resolves when everything up to now is on disk. */
  async flush(): Promise<void> {
    await this.#journal?.flush();
  }

  async #load(id: string, begin: Beginning) {
    const content = await this.#client.call('documents.open', { document: id });
    const saved: SavedEntry[] = [];
    const until = content.snapshot?.sequence ?? 0;
    for (let from = 1; from <= until; from += entriesPerPage) {
      const limit = Math.min(entriesPerPage, until - from + 1);
      saved.push(...(await this.#client.call('documents.history', { document: id, from, limit })).entries);
    }
    saved.push(...content.entries);
    const first = saved[0]?.command as SavedCommand | undefined;
    const fresh = beginningRecords(content.document.name, begin);
    const isNew = first?.type !== 'begin';
    const records = isNew ? fresh : [...first.records, session];
    return { document: content.document, records, entries: saved.slice(isNew ? 0 : 1).map(entryFromSaved), isNew };
  }

  #changed(entry: JournalEntry): void {
    if (this.#beginning !== null) this.#journal?.push({ type: 'begin', version: 1, records: this.#beginning });
    this.#beginning = null;
    this.#journal?.push(entry);
    this.#project();
  }

  #project(): void {
    const { records } = this.#store;
    const before = this.layers;
    this.canvas = canvasOf(records);
    this.settings = settingsOf(records);
    this.layers = layersOf(records);
    this.undoLabel = this.#store.undoLabel;
    this.redoLabel = this.#store.redoLabel;
    if (this.activeId === null || !records.has(this.activeId)) this.activeId = this.#neighbour(before);
    for (const listener of this.#listeners) listener();
  }

  /** The layer that takes over when the active one has gone: the one that lay below it, else above. */
  #neighbour(before: readonly Layer[]): LayerId | null {
    const at = Math.max(
      0,
      before.findIndex((layer) => layer.id === this.activeId),
    );
    return (this.layers[Math.min(at, this.layers.length - 1)] ?? null)?.id ?? null;
  }

  /** A window that only shows the document says so instead of changing it. */
  #isRefused(): boolean {
    if (this.access.isReader) this.#toasts.show('info', 'This window only shows the document: another one edits it.');
    return this.access.isReader;
  }

  #journalState(state: 'saved' | 'saving' | { readonly failed: unknown }): void {
    if (typeof state === 'string') {
      this.saved = state;
      if (state === 'saved') this.#tiles.trim(tilesOfRecords(this.#store.records.values()));
      return;
    }
    this.saved = 'failed';
    const { failed } = state;
    if (failed instanceof AppError && (failed.code === 'documentConflict' || failed.code === 'documentTaken')) this.access.refused();
    else this.#toasts.error(failed);
  }
}

function beginningRecords(name: string, begin: Beginning): DocumentRecord[] {
  return newDocument(name, begin.frame).map((record) => (record.type === 'settings' ? { ...record, ...begin.settings } : record));
}

function entryFromSaved(entry: SavedEntry): JournalEntry {
  if (entry.kind !== 'do') return { type: entry.kind };
  const command = entry.command as unknown as Extract<SavedCommand, { type: 'apply' }>;
  return { type: 'apply', delta: command.delta, merged: command.merged };
}

function recordMap(records: readonly DocumentRecord[]): RecordMap {
  return new Map(records.map((record) => [record.id, record]));
}
