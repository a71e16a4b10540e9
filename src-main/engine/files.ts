import { open } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';

/** A ByteSource over an open file; dispose of it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Throws AppError `changedOnDisk` when size or modification time differ from when the file was opened. */
  checkUnchanged(): Promise<void>;
}

/** Opens a file for positioned reads. Throws the system's error when it cannot be opened. */
export async function openFileSource(path: string): Promise<FileSource> {
  const handle = await open(path, 'r');
  const opened = await handle.stat();
  return {
    size: opened.size,
    async read(offset, length) {
      const buffer = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    async checkUnchanged() {
      const now = await handle.stat();
      if (now.size === opened.size && now.mtimeMs === opened.mtimeMs) return;
      const message = `The file ${path} changed while it was in use: expected ${opened.size} bytes, found ${now.size}.`;
      throw new AppError('changedOnDisk', message, { path, expected: opened.size, got: now.size });
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
