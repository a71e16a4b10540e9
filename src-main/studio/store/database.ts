import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../contract/errors.ts';
import { migrations, type Migration } from './migrations.ts';

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Where the old file went when it could not be read; the caller rebuilds what it can. */
  readonly movedAside: string | null;
}

/**
 * Opens the library, brings it to the newest schema, and starts a fresh one where the file is corrupt: the corrupt file is kept.
 * @param stamp tells corrupt copies apart, such as a date
 * @throws AppError `newerDatabase` for a library of a later version, which is left untouched
 */
export function openDatabase(path: string, stamp: string): OpenedDatabase {
  try {
    return { database: openChecked(path), movedAside: null };
  } catch (error) {
    if (error instanceof AppError || !isCorruption(error)) throw error;
  }
  const movedAside = moveAside(path, stamp);
  return { database: openChecked(path), movedAside };
}

function openChecked(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    // Before anything is written: even the change of the journal mode would be a change of the file.
    const version = checkVersion(database, migrations.length);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const check = database.prepare('PRAGMA quick_check(1)').get();
    if (check?.['quick_check'] !== 'ok') throw new CorruptDatabase(String(check?.['quick_check']));
    if (version > 0 && version < migrations.length) keepCopy(database, `${path}.schema-${version}`);
    migrate(database, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class CorruptDatabase extends Error {
  override readonly name = 'CorruptDatabase';
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html */
const corruptionCodes: ReadonlySet<number | null> = new Set([11, 26]);

function isCorruption(error: unknown): boolean {
  return error instanceof CorruptDatabase || corruptionCodes.has(primaryCode(error));
}

function moveAside(path: string, stamp: string): string {
  const target = path.replace(/(\.sqlite)?$/, `.corrupt-${stamp}$1`);
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  return target;
}

/**
 * Runs the migrations that the database has not seen, each in a transaction of its own with its number: after a crash the schema is
 * the old one or the new one.
 */
export function migrate(database: DatabaseSync, steps: readonly Migration[]): void {
  const found = checkVersion(database, steps.length);
  steps.forEach((step, index) => {
    const version = index + 1;
    if (version <= found) return;
    transaction(database, () => {
      step.run(database);
      database.exec(`PRAGMA user_version = ${version}`);
    });
  });
}

/** SQLITE_FULL */
const fullCode = 13;

/** An error of the database as a sentence where it is one of those that a user can do something about; else as it is. */
export function storeError(error: unknown): unknown {
  if (primaryCode(error) !== fullCode) return error;
  return new AppError(
    'diskFull',
    'There must be room on the disk for the library; it is full. Nothing was changed.',
    { cause: 'SQLITE_FULL' },
    error,
  );
}

/** Extended codes keep the primary one in the low byte; null for what is no error of SQLite. */
function primaryCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

/** The number of the last migration that the database has seen; 0 for a new one. @throws AppError `newerDatabase` */
function checkVersion(database: DatabaseSync, newest: number): number {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found <= newest) return found;
  const message = `The library must have schema ${newest} or older; it has ${found}, from a newer version of Strata. It was left as it is.`;
  throw new AppError('newerDatabase', message, { expected: newest, found });
}

/** The library as the older version left it, so that one can go back. */
function keepCopy(database: DatabaseSync, path: string): void {
  if (!existsSync(path)) database.prepare('VACUUM INTO ?').run(path);
}

/** Runs a function in one transaction: everything it wrote is there afterwards, or nothing when it throws. */
export function transaction<Result>(database: DatabaseSync, body: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk rolls back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
