import type { DatabaseSync } from 'node:sqlite';

export interface Migration {
  readonly name: string;
  run(database: DatabaseSync): void;
}

/** In order; a migration that was released never changes. Its number is its place, beginning with 1. */
export const migrations: readonly Migration[] = [
  {
    name: 'queue, gallery and documents',
    run: (database) =>
      database.exec(`
        CREATE TABLE jobs (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          state TEXT NOT NULL,
          priority INTEGER NOT NULL,
          position REAL NOT NULL,
          recipe TEXT NOT NULL,
          document TEXT,
          attempts INTEGER NOT NULL DEFAULT 0,
          created_at INTEGER NOT NULL,
          started_at INTEGER,
          finished_at INTEGER,
          error TEXT
        ) STRICT;
        CREATE INDEX jobs_by_state ON jobs (state, priority, position);

        CREATE TABLE boards (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL) STRICT;
        CREATE TABLE pictures (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          asset TEXT NOT NULL,
          width INTEGER NOT NULL,
          height INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          starred INTEGER NOT NULL DEFAULT 0,
          trashed INTEGER NOT NULL DEFAULT 0,
          board INTEGER REFERENCES boards (id) ON DELETE SET NULL,
          seconds REAL,
          job INTEGER
        ) STRICT;
        -- Apart from the facts that a search walks over: they would make its table ten times as large.
        CREATE TABLE recipes (
          picture INTEGER PRIMARY KEY REFERENCES pictures (id) ON DELETE CASCADE,
          recipe TEXT NOT NULL,
          capture TEXT
        ) STRICT;
        CREATE INDEX pictures_by_asset ON pictures (asset);
        CREATE INDEX pictures_by_job ON pictures (job);
        CREATE INDEX pictures_by_board ON pictures (board, trashed, id);
        CREATE INDEX pictures_shown ON pictures (trashed, id);
        CREATE INDEX pictures_starred ON pictures (starred, trashed, id);
        CREATE VIRTUAL TABLE picture_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61', prefix = '2 3');

        CREATE TABLE documents (id TEXT PRIMARY KEY, name TEXT NOT NULL, sequence INTEGER NOT NULL, updated_at INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT;
        CREATE TABLE journal (
          document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
          sequence INTEGER NOT NULL,
          entry TEXT NOT NULL,
          PRIMARY KEY (document, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE snapshots (
          document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
          sequence INTEGER NOT NULL,
          state TEXT NOT NULL,
          assets TEXT NOT NULL,
          PRIMARY KEY (document, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE models (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, modified_at REAL NOT NULL, info TEXT NOT NULL) STRICT;
        CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      `),
  },
  {
    name: 'keys of jobs, so that a wish that is sent twice is queued once',
    run: (database) =>
      database.exec(`
        ALTER TABLE jobs ADD COLUMN key TEXT;
        CREATE INDEX jobs_by_key ON jobs (key) WHERE key IS NOT NULL;
      `),
  },
  {
    name: 'models are looked at anew: networks can be filters, and files of a common name are called by their folder',
    run: (database) => database.exec('DELETE FROM models'),
  },
];
