import { applyChange, invertDelta, mergeDeltas, type Delta, type RecordMap } from './delta.ts';
import { scopeOf, type DocumentRecord, type RecordId } from './records.ts';

/** What happens to a document, in the order it happened: the lines of its journal. */
export type JournalEntry =
  | { readonly type: 'apply'; readonly delta: Delta; /** Belongs to the step before it. */ readonly merged: boolean }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' };

/** Which records an operation touched, for those who draw or save them. */
export type DocumentListener = (entry: JournalEntry, touched: ReadonlySet<RecordId>) => void;

/**
 * The records of one document with a history without limit. Everything that changes document records goes through `apply`;
 * session records are set with `setSession` and are neither undone nor journalled.
 */
export class DocumentStore {
  readonly #records = new Map<RecordId, DocumentRecord>();
  #done: Delta[] = [];
  #undone: Delta[] = [];
  #mergeable = false;
  readonly #listeners = new Set<DocumentListener>();

  constructor(records: Iterable<DocumentRecord>) {
    for (const record of records) this.#records.set(record.id, Object.freeze(record));
  }

  get records(): RecordMap {
    return this.#records;
  }

  get undoLabel(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  get undoDepth(): number {
    return this.#done.length;
  }

  /** The records that are saved. */
  documentRecords(): DocumentRecord[] {
    return [...this.#records.values()].filter((record) => scopeOf(record) === 'document');
  }

  /** Does nothing for a delta without changes. Throws DeltaMismatch, with the records as they were before, for one that does not fit. */
  apply(delta: Delta): void {
    if (delta.changes.length === 0) return;
    const merged = this.#mergeable && delta.mergeKey !== undefined && this.#done.at(-1)?.mergeKey === delta.mergeKey;
    const touched = this.#apply(delta, merged);
    this.#mergeable = true;
    this.#tell({ type: 'apply', delta, merged }, touched);
  }

  #apply(delta: Delta, merged: boolean): Set<RecordId> {
    const touched = this.#run(delta);
    const last = this.#done.at(-1);
    if (merged && last !== undefined) this.#done[this.#done.length - 1] = mergeDeltas(last, delta);
    else this.#done.push(delta);
    this.#undone = [];
    return touched;
  }

  /** What is applied next starts a step of its own, even with the same merge key (the pointer was released, the field lost focus). */
  closeStep(): void {
    this.#mergeable = false;
  }

  undo(): Delta | null {
    const delta = this.#done.at(-1) ?? null;
    if (delta) this.#tell({ type: 'undo' }, this.#undo());
    return delta;
  }

  redo(): Delta | null {
    const delta = this.#undone.at(-1) ?? null;
    if (delta) this.#tell({ type: 'redo' }, this.#redo());
    return delta;
  }

  #undo(): Set<RecordId> {
    this.#mergeable = false;
    const delta = this.#done.pop();
    if (delta === undefined) return new Set();
    this.#undone.push(delta);
    return this.#run(invertDelta(delta));
  }

  #redo(): Set<RecordId> {
    this.#mergeable = false;
    const delta = this.#undone.pop();
    if (delta === undefined) return new Set();
    this.#done.push(delta);
    return this.#run(delta);
  }

  setSession(record: DocumentRecord): void {
    this.#records.set(record.id, Object.freeze(record));
  }

  /**
   * Plays a journal: on opening a document, or as another window writes it. Tells no listener, since nothing is to be saved. Throws
   * DeltaMismatch at the first entry that does not fit.
   */
  replay(entries: Iterable<JournalEntry>): void {
    for (const entry of entries) {
      if (entry.type === 'undo') this.#undo();
      else if (entry.type === 'redo') this.#redo();
      else this.#apply(entry.delta, entry.merged);
    }
    this.#mergeable = false;
  }

  /** Returns the function that ends the subscription. */
  onChange(listener: DocumentListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #run(delta: Delta): Set<RecordId> {
    const touched = new Set<RecordId>();
    let count = 0;
    try {
      for (const change of delta.changes) {
        applyChange(this.#records, change);
        count++;
        touched.add('record' in change ? change.record.id : change.id);
      }
    } catch (error) {
      for (const change of invertDelta({ ...delta, changes: delta.changes.slice(0, count) }).changes) applyChange(this.#records, change);
      throw error;
    }
    return touched;
  }

  #tell(entry: JournalEntry, touched: ReadonlySet<RecordId>): void {
    for (const listener of this.#listeners) listener(entry, touched);
  }
}
