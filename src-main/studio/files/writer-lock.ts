import { DatabaseSync } from 'node:sqlite';

export interface WriterLock {
  release(): void;
}

/**
 * The right to write in a data folder, held by one process at a time. It is an exclusive transaction on a database of its own: the
 * operating system drops it with the process, however that ends, so there is nothing stale to clean up.
 * @returns null while another process has it
 */
export function acquireWriterLock(path: string): WriterLock | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch {
    database?.close();
    return null;
  }
  const held = database;
  return { release: () => held.close() };
}
