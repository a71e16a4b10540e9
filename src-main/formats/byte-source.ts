import { AppError } from '../contract/errors.ts';

/** Positioned reads over a file, a buffer or anything else with a fixed size. `read` may return fewer bytes at the end. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A ByteSource over bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** Exactly `length` bytes from `offset`. Throws AppError `changedOnDisk` when the source gives fewer than its size promised. */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.length === length) return bytes;
  throw new AppError(
    'changedOnDisk',
    `The file changed while it was read: expected ${length} bytes at ${offset}, found ${bytes.length}. Close the program that writes it and try again.`,
    { expected: length, got: bytes.length },
  );
}
