import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { AppError } from '../../contract/errors.ts';
import type { AssetId, Json } from '../../contract/protocol.ts';
import { journalEntrySchema, type DocumentContent, type DocumentSummary, type JournalEntry } from '../../contract/records.ts';
import { transaction } from './database.ts';

/** How many snapshots of a document are kept: the newest, and one to fall back on. */
const keptSnapshots = 2;

/** Documents as append-only journals with snapshots. What `append` returned for is on stable storage. */
export class DocumentTable {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  create(name: string): DocumentSummary {
    const id = randomUUID();
    this.#database.prepare(`INSERT INTO documents (id, name, sequence, updated_at, changed) VALUES (?, ?, 0, ?, ${nextChange})`).run(id, name, this.#now()); // prettier-ignore
    return this.summary(id);
  }

  /** Last changed first. */
  list(): DocumentSummary[] {
    return this.#database.prepare('SELECT * FROM documents ORDER BY changed DESC').all().map(summary);
  }

  /** @throws AppError `documentMissing` */
  summary(id: string): DocumentSummary {
    const row = this.#database.prepare('SELECT * FROM documents WHERE id = ?').get(id);
    if (!row) throw new AppError('documentMissing', `There is no document ${id}.`, { document: id });
    return summary(row);
  }

  open(id: string): DocumentContent {
    const document = this.summary(id);
    const row = this.#database.prepare('SELECT sequence, state FROM snapshots WHERE document = ? ORDER BY sequence DESC LIMIT 1').get(id);
    const snapshot = row ? { sequence: Number(row['sequence']), state: JSON.parse(String(row['state'])) as Json } : null;
    const from = (snapshot?.sequence ?? 0) + 1;
    return { document, snapshot, entries: this.history(id, from, document.sequence - from + 1) };
  }

  history(id: string, from: number, limit: number): JournalEntry[] {
    const rows = this.#database.prepare('SELECT entry FROM journal WHERE document = ? AND sequence >= ? ORDER BY sequence LIMIT ?');
    return rows.all(id, from, Math.max(0, limit)).map(({ entry }) => journalEntrySchema.parse(JSON.parse(String(entry))));
  }

  /**
   * Appends entries after entry `after`, all or none. The same entries at the same place are a request that came twice: its first
   * answer was lost on the way.
   * @throws AppError `documentConflict` when that is not the last entry
   */
  append(id: string, after: number, entries: readonly JournalEntry[]): number {
    return transaction(this.#database, () => {
      const { sequence } = this.summary(id);
      if (sequence === after + entries.length && isSame(this.history(id, after + 1, entries.length), entries)) return sequence;
      if (sequence !== after) {
        const message = `The change must follow entry ${sequence} of the document; it follows entry ${after}. Another window has changed it.`;
        throw new AppError('documentConflict', message, { expected: sequence, found: after });
      }
      const insert = this.#database.prepare('INSERT INTO journal (document, sequence, entry) VALUES (?, ?, ?)');
      entries.forEach((entry, index) => insert.run(id, after + 1 + index, JSON.stringify(entry)));
      this.#touch(id, after + entries.length);
      return after + entries.length;
    });
  }

  /** Keeps the state after an entry that is already in the journal. */
  saveSnapshot(id: string, snapshot: { readonly sequence: number; readonly state: Json; readonly assets: readonly AssetId[] }): void {
    const { sequence } = this.summary(id);
    if (snapshot.sequence > sequence || snapshot.sequence < 0) {
      const message = `A snapshot must be of entry ${sequence} or an earlier one; it is of entry ${snapshot.sequence}.`;
      throw new AppError('documentConflict', message, { expected: sequence, found: snapshot.sequence });
    }
    transaction(this.#database, () => {
      this.#database
        .prepare('INSERT OR REPLACE INTO snapshots (document, sequence, state, assets) VALUES (?, ?, ?, ?)')
        .run(id, snapshot.sequence, JSON.stringify(snapshot.state), JSON.stringify(snapshot.assets));
      this.#database
        .prepare(
          'DELETE FROM snapshots WHERE document = ? AND sequence NOT IN (SELECT sequence FROM snapshots WHERE document = ? ORDER BY sequence DESC LIMIT ?)',
        )
        .run(id, id, keptSnapshots);
    });
  }

  rename(id: string, name: string): void {
    this.summary(id);
    this.#database.prepare('UPDATE documents SET name = ? WHERE id = ?').run(name, id);
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM documents WHERE id = ?').run(id);
  }

  /** Assets that a document (or any, for null) needs, through its journal and its snapshots. */
  assets(id: string | null): Set<AssetId> {
    const found = new Set<AssetId>();
    const only = id === null ? '' : 'WHERE document = ?';
    const values = id === null ? [] : [id];
    const journal = this.#database.prepare(
      `SELECT assets.value AS asset FROM journal, json_each(journal.entry, '$.assets') AS assets ${only}`,
    );
    const snapshots = this.#database.prepare(`SELECT kept.value AS asset FROM snapshots, json_each(snapshots.assets) AS kept ${only}`);
    for (const rows of [journal, snapshots]) for (const { asset } of rows.iterate(...values)) found.add(String(asset));
    return found;
  }

  #touch(id: string, sequence: number): void {
    this.#database
      .prepare(`UPDATE documents SET sequence = ?, updated_at = ?, changed = ${nextChange} WHERE id = ?`)
      .run(sequence, this.#now(), id);
  }
}

function isSame(stored: readonly JournalEntry[], sent: readonly JournalEntry[]): boolean {
  const parsed = sent.map((entry) => journalEntrySchema.parse(JSON.parse(JSON.stringify(entry))));
  return JSON.stringify(stored) === JSON.stringify(parsed);
}

/** Order of changes, kept apart from the clock, which may go back. */
const nextChange = '(SELECT coalesce(max(changed), 0) + 1 FROM documents)';

function summary(row: Record<string, SQLOutputValue>): DocumentSummary {
  return { id: String(row['id']), name: String(row['name']), sequence: Number(row['sequence']), updatedAt: Number(row['updated_at']) };
}
