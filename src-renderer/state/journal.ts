import type { JournalEntry as SavedEntry } from '../../src-main/contract/records.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { Tiles } from '../canvas/layer-pixels.ts';
import { encodePng } from '../canvas/surface.ts';
import type { Delta } from '../document/delta.ts';
import type { JournalEntry } from '../document/history.ts';
import type { DocumentRecord } from '../document/records.ts';
import { renameRecordTiles, renameTiles, tilesOfDelta, tilesOfRecords } from '../document/tile-ids.ts';
import type { TileId } from '../document/tiles.ts';

/** A stroke is on disk at most this long after it ended, plus the time that writing takes. */
const delayMs = 400;
const entriesPerRequest = 200;
const entriesPerSnapshot = 100;

/** The first entry holds the records that a new document began with; those after it hold deltas. */
export type SavedCommand =
  | { readonly type: 'begin'; readonly version: 1; readonly records: readonly DocumentRecord[] }
  | { readonly type: 'apply'; readonly delta: Delta; readonly merged: boolean };

/** Sends what happens to a document to the studio, in order, tiles first. One request at a time; failures are tried again. */
export class Journal {
  readonly #client: StudioClient;
  readonly #tiles: Tiles;
  readonly #document: string;
  #sequence: number;
  #lastSnapshot: number;
  #waiting: (JournalEntry | Extract<SavedCommand, { type: 'begin' }>)[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: Promise<void> | null = null;
  readonly #records: () => DocumentRecord[];
  readonly #onState: (state: 'saved' | 'saving' | { readonly failed: unknown }) => void;

  constructor(options: {
    readonly client: StudioClient;
    readonly tiles: Tiles;
    readonly document: string;
    readonly sequence: number;
    readonly records: () => DocumentRecord[];
    readonly onState: (state: 'saved' | 'saving' | { readonly failed: unknown }) => void;
  }) {
    this.#client = options.client;
    this.#tiles = options.tiles;
    this.#document = options.document;
    this.#sequence = options.sequence;
    this.#lastSnapshot = options.sequence;
    this.#records = options.records;
    this.#onState = options.onState;
  }

  /** Number of the last entry on disk that this window knows. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Everything that was pushed is on disk. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running === null;
  }

  /** Another window has written so many entries, and this one shows them. */
  advance(entries: number): void {
    this.#sequence += entries;
    this.#lastSnapshot = this.#sequence;
  }

  push(entry: JournalEntry | Extract<SavedCommand, { type: 'begin' }>): void {
    this.#waiting.push(entry);
    this.#onState('saving');
    this.#timer ??= setTimeout(() => void this.flush(), delayMs);
  }

  /** Resolves when everything pushed so far is on disk, or writing it failed (then it is tried again with the next entry). */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#running) await this.#running;
    if (this.#waiting.length === 0) return;
    this.#running = this.#write().finally(() => (this.#running = null));
    await this.#running;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, entriesPerRequest);
        const entries: SavedEntry[] = [];
        for (const entry of batch) entries.push(await this.#encode(entry));
        const answer = await this.#client.call('documents.append', { document: this.#document, after: this.#sequence, entries });
        this.#sequence = answer.sequence;
        this.#waiting.splice(0, batch.length);
      }
      this.#onState('saved');
      if (this.#sequence - this.#lastSnapshot >= entriesPerSnapshot) await this.#snapshot();
    } catch (failed) {
      this.#onState({ failed });
    }
  }

  async #encode(entry: JournalEntry | Extract<SavedCommand, { type: 'begin' }>): Promise<SavedEntry> {
    if (entry.type === 'undo' || entry.type === 'redo') return { kind: entry.type, command: null, assets: [] };
    const ids = [...(entry.type === 'begin' ? tilesOfRecords(entry.records) : tilesOfDelta(entry.delta))];
    for (const id of ids) await this.#save(id);
    if (entry.type === 'begin') {
      const records = entry.records.map((record) => renameRecordTiles(record, (id) => this.#assetOf(id)));
      return { kind: 'do', command: plain({ ...entry, records }), assets: [...new Set(ids.map((id) => this.#assetOf(id)))] };
    }
    const command: SavedCommand = { ...entry, delta: renameTiles(entry.delta, (id) => this.#assetOf(id)) };
    return { kind: 'do', command: plain(command), assets: [...new Set(ids.map((id) => this.#assetOf(id)))] };
  }

  async #save(id: TileId): Promise<void> {
    if (this.#tiles.assetOf(id) !== undefined) return;
    const png = await encodePng(await this.#tiles.fetch(id));
    const { value } = await this.#client.callWithBuffers('assets.put', { kind: 'data' }, [png]);
    this.#tiles.setAsset(id, value.asset);
  }

  #assetOf(id: TileId): TileId {
    return (this.#tiles.assetOf(id) ?? id) as TileId;
  }

  /** Only taken when nothing is waiting, so that the records are those after the last entry. */
  async #snapshot(): Promise<void> {
    if (this.#waiting.length > 0) return;
    const records = this.#records();
    const sequence = this.#sequence;
    const state = plain({ records: records.map((record) => renameRecordTiles(record, (id) => this.#assetOf(id))) });
    const assets = [...tilesOfRecords(records)].map((id) => this.#assetOf(id));
    await this.#client.call('documents.snapshot', { document: this.#document, sequence, state, assets });
    this.#lastSnapshot = sequence;
  }
}

/** JSON data without undefined fields. */
function plain(value: object): SavedEntry['command'] {
  return JSON.parse(JSON.stringify(value)) as SavedEntry['command'];
}
