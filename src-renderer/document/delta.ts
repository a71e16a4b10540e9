import type { DocumentRecord, Layer, LayerId, RecordId } from './records.ts';
import { applyPatch, revertPatch, type TilePatch } from './tiles.ts';

/** Fields of one record, before or after; plain data. A field that only the other side names is missing on this one: JSON keeps no undefined. */
export type Fields = Readonly<Record<string, unknown>>;

/** One reversible change of the record set. */
export type Change =
  | { readonly type: 'create'; readonly record: DocumentRecord }
  | { readonly type: 'remove'; readonly record: DocumentRecord }
  | { readonly type: 'update'; readonly id: RecordId; readonly before: Fields; readonly after: Fields }
  | { readonly type: 'tiles'; readonly id: LayerId; readonly before: TilePatch; readonly after: TilePatch };

/** What a command did, as a list of changes in order, with the words that undo shows. */
export interface Delta {
  readonly label: string;
  readonly changes: readonly Change[];
  /** Deltas with the same key that follow each other become one step of the history (typing, dragging a slider). */
  readonly mergeKey?: string;
}

export type RecordMap = ReadonlyMap<RecordId, DocumentRecord>;

export class DeltaMismatch extends Error {
  override readonly name = 'DeltaMismatch';
}

export function invertChange(change: Change): Change {
  switch (change.type) {
    case 'create':
      return { type: 'remove', record: change.record };
    case 'remove':
      return { type: 'create', record: change.record };
    case 'update':
      return { ...change, before: change.after, after: change.before };
    case 'tiles':
      return { ...change, before: change.after, after: change.before };
  }
}

export function invertDelta(delta: Delta): Delta {
  return { ...delta, changes: delta.changes.map(invertChange).reverse() };
}

/** Applies one change in place. Throws DeltaMismatch when the record that it speaks of is not there (or already is). */
export function applyChange(records: Map<RecordId, DocumentRecord>, change: Change): void {
  if (change.type === 'create') {
    if (records.has(change.record.id)) throw new DeltaMismatch(`Record ${change.record.id} is created twice.`);
    records.set(change.record.id, change.record);
    return;
  }
  if (change.type === 'remove') {
    if (!records.delete(change.record.id)) throw new DeltaMismatch(`Record ${change.record.id} is removed but was not there.`);
    return;
  }
  const record = records.get(change.id);
  if (record === undefined) throw new DeltaMismatch(`Record ${change.id} is changed but is not there.`);
  if (change.type === 'update') {
    const gone = Object.keys(change.before).filter((name) => !(name in change.after));
    records.set(change.id, Object.freeze({ ...(without(record, gone) as DocumentRecord), ...change.after }));
    return;
  }
  if (record.type !== 'layer') throw new DeltaMismatch(`Record ${change.id} has no tiles.`);
  records.set(change.id, Object.freeze({ ...record, tiles: applyPatch(record.tiles, change.after) }));
}

/** The change that sets some fields of a record, or null when they all have these values already. */
export function updateChange<R extends DocumentRecord>(record: R, fields: Partial<R>): Change | null {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const old = (record as unknown as Fields)[name];
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    if (old !== undefined) before[name] = old;
    if (value !== undefined) after[name] = value;
  }
  const isNothing = Object.keys(after).length === 0 && Object.keys(before).length === 0;
  return isNothing ? null : { type: 'update', id: record.id, before, after };
}

function without(fields: object, names: readonly string[]): object {
  return names.length === 0 ? fields : Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

export function tilesChange(layer: Layer, after: TilePatch): Change {
  return { type: 'tiles', id: layer.id, before: revertPatch(layer.tiles, after), after };
}

/** Two deltas that follow each other as one; updates of the same record are folded into one change. */
export function mergeDeltas(first: Delta, second: Delta): Delta {
  const changes: Change[] = [...first.changes];
  for (const change of second.changes) {
    const last = changes.at(-1);
    if (last?.type === 'update' && change.type === 'update' && last.id === change.id) {
      changes[changes.length - 1] = {
        type: 'update',
        id: last.id,
        // What the first change set was not there before it, and what the second took away is not there after it.
        before: { ...without(change.before, Object.keys(last.after)), ...last.before },
        after: { ...without(last.after, Object.keys(change.before)), ...change.after },
      };
    } else changes.push(change);
  }
  return { ...second, changes };
}
