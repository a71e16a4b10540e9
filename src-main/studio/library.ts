import { existsSync, mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { AssetId } from '../contract/protocol.ts';
import { AssetStore } from './files/asset-store.ts';
import { dataLayout, storeExtensions, type DataLayout } from './files/data-folder.ts';
import type { FileSystem } from './files/file-system.ts';
import { ThumbnailStore } from './files/thumbnail-store.ts';
import { acquireWriterLock, type WriterLock } from './files/writer-lock.ts';
import { migrate, openDatabase } from './store/database.ts';
import { DocumentTable } from './store/document-table.ts';
import { GalleryTable } from './store/gallery-table.ts';
import { migrations } from './store/migrations.ts';
import { QueueTable } from './store/queue-table.ts';

/** Everything the studio keeps, opened. */
export interface Library {
  readonly layout: DataLayout;
  readonly database: DatabaseSync;
  readonly isReadOnly: boolean;
  readonly pictures: AssetStore;
  readonly assets: AssetStore;
  readonly thumbnails: ThumbnailStore;
  readonly queue: QueueTable;
  readonly gallery: GalleryTable;
  readonly documents: DocumentTable;
  /** The old database was corrupt and lies there now; the gallery must be read back from the pictures. */
  readonly movedAside: string | null;
  readonly notices: string[];
  /** Where an asset's file lies, finished picture or input; null when it is neither. */
  assetPath(id: AssetId): string | null;
  close(): void;
}

export interface LibraryOptions {
  readonly folder: string;
  readonly files: FileSystem;
  readonly now: () => number;
}

/**
 * Opens a data folder for writing, or for reading only where another studio has it or it cannot be written.
 * @throws AppError `newerDatabase`
 */
export function openLibrary({ folder, files, now }: LibraryOptions): Library {
  const layout = dataLayout(folder);
  const notices: string[] = [];
  const lock = lockFolder(layout, notices);
  const opened = lock ? openForWriting(layout, lock, now, notices) : { database: openForReading(layout.database), movedAside: null };
  const { database } = opened;
  const pictures = new AssetStore(files, layout.pictures, storeExtensions.pictures);
  const assets = new AssetStore(files, layout.assets, storeExtensions.assets);
  return {
    layout,
    database,
    isReadOnly: lock === null,
    pictures,
    assets,
    thumbnails: new ThumbnailStore({ files, folder: layout.thumbnails, pictures, isReadOnly: lock === null }),
    queue: new QueueTable(database, now),
    gallery: new GalleryTable(database, now),
    documents: new DocumentTable(database, now),
    movedAside: opened.movedAside,
    notices,
    assetPath: (id) => [pictures.path(id), assets.path(id)].find((path) => existsSync(path)) ?? null,
    close() {
      database.close();
      lock?.release();
    },
  };
}

function lockFolder(layout: DataLayout, notices: string[]): WriterLock | null {
  try {
    mkdirSync(layout.folder, { recursive: true });
    for (const folder of [layout.pictures, layout.assets]) mkdirSync(folder, { recursive: true });
  } catch {
    notices.push(`The data folder ${layout.folder} cannot be written, so nothing will be saved.`);
    return null;
  }
  const lock = acquireWriterLock(layout.lock);
  if (!lock)
    notices.push(`Another Strata uses the data folder ${layout.folder}, or it cannot be written. This one only shows what is there.`);
  return lock;
}

function openForWriting(layout: DataLayout, lock: WriterLock, now: () => number, notices: string[]) {
  try {
    const opened = openDatabase(layout.database, new Date(now()).toISOString().replace(/[:.]/g, '-'));
    if (opened.movedAside) {
      notices.push(
        `The library was damaged. It was kept as ${opened.movedAside} and the gallery was read back from the pictures; queue and documents are empty.`,
      );
    }
    return opened;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Without a readable library the studio still starts, with an empty one in memory. */
function openForReading(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    database.prepare('SELECT count(*) FROM pictures').get();
    return database;
  } catch {
    const database = new DatabaseSync(':memory:');
    migrate(database, migrations);
    return database;
  }
}
