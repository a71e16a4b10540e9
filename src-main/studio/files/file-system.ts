import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';

/** The calls that the studio makes on the disk: narrow, so that a test can fail each one in turn. */
export interface FileSystem {
  makeFolder(path: string): Promise<void>;
  /** Creates the file, which must not exist, and writes all bytes to stable storage. */
  writeNewFile(path: string, parts: readonly Uint8Array[]): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes renames in the folder survive a power loss, where the platform can. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  readFile(path: string): Promise<Uint8Array>;
  /** Names in a folder; empty for a folder that is not there. */
  list(path: string): Promise<string[]>;
  /** Null for a file that is not there. */
  stat(path: string): Promise<{ readonly bytes: number; readonly modifiedAt: number; readonly isFile: boolean } | null>;
}

export const nodeFileSystem: FileSystem = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async writeNewFile(path, parts) {
    const file = await open(path, 'wx');
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  async syncFolder(path) {
    // Windows cannot open a folder for syncing; its renames are journalled by NTFS.
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  remove: unlink,
  readFile,
  list: (path) => ifThere(readdir(path), []),
  async stat(path) {
    const found = await ifThere(stat(path), null);
    return found && { bytes: found.size, modifiedAt: found.mtimeMs, isFile: found.isFile() };
  },
};

async function ifThere<Value, Missing>(value: Promise<Value>, missing: Missing): Promise<Value | Missing> {
  try {
    return await value;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return missing;
    throw error;
  }
}

/** The code of a system error such as ENOSPC; empty for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
