import { open, readdir, readFile, stat } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import { readExactly, type ByteSource } from '../formats/byte-source.ts';
import { decodeToFloat32 } from '../formats/safetensors/decode.ts';
import { readSafetensorsHeader } from '../formats/safetensors/read-header.ts';
import type { ModelIo, WeightLocation } from '../../models/checkpoint/types.ts';

/** A ByteSource over an open file; dispose of it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Throws AppError `changedOnDisk` when size or modification time differ from when the file was opened. */
  checkUnchanged(): Promise<void>;
}

const maxTextBytes = 32 * 1024 * 1024;

/** Opens a file for positioned reads. Throws the system's error when it cannot be opened. */
export async function openFileSource(path: string): Promise<FileSource> {
  const handle = await open(path, 'r');
  const opened = await handle.stat();
  return {
    size: opened.size,
    async read(offset, length) {
      const buffer = new Uint8Array(Math.max(0, Math.min(length, opened.size - offset)));
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
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

/** The file system for `openModel`. */
export const modelFiles: ModelIo = {
  async kind(path) {
    const info = await stat(path).catch(() => undefined);
    if (!info) return 'missing';
    return info.isDirectory() ? 'folder' : 'file';
  },
  list: (folder) => readdir(folder).catch(() => []),
  async readText(path) {
    const info = await stat(path).catch(() => undefined);
    if (!info?.isFile()) return undefined;
    if (info.size > maxTextBytes) {
      const message = `${path}: a text of at most ${maxTextBytes} bytes was expected, found ${info.size}.`;
      throw new AppError('badConfig', message, { path, expected: maxTextBytes, got: info.size });
    }
    return readFile(path, 'utf8');
  },
  async header(path) {
    await using source = await openFileSource(path);
    const header = await withPath(path, () => readSafetensorsHeader(source));
    await source.checkUnchanged();
    return header;
  },
  values: readWeight,
};

/** Puts the path before the sentence of an AppError. */
async function withPath<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${path}: ${error.message}`, { path, ...error.details }, error);
  }
}

/** Reads one weight from its file as f32, transposed and scaled as its location says. */
export async function readWeight(location: WeightLocation): Promise<Float32Array> {
  await using source = await openFileSource(location.file);
  const values = decodeToFloat32(location.dtype, await readExactly(source, location.offset, location.bytes));
  if (location.scale) applyScale(values, await readWeight(location.scale));
  return location.transpose ? transposed(values, location.shape) : values;
}

/** Scaled fp8: one factor for all, or one a row. */
function applyScale(values: Float32Array, factors: Float32Array): void {
  const perRow = values.length / factors.length;
  for (let i = 0; i < values.length; i++) values[i]! *= factors[Math.floor(i / perRow)]!;
}

/** @param shape rows and columns of the result */
function transposed(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows!; row++)
    for (let column = 0; column < columns!; column++) result[row * columns! + column] = values[column * rows! + row]!;
  return result;
}
