import { readExactly, type ByteSource } from '../byte-source.ts';
import { decodeToFloat32 } from './decode.ts';
import type { TensorEntry } from './read-header.ts';

/** The values of one tensor as f32. Throws AppError `changedOnDisk`, RangeError for a dtype without numeric meaning. */
export async function readTensorF32(source: ByteSource, entry: TensorEntry): Promise<Float32Array<ArrayBuffer>> {
  return decodeToFloat32(entry.dtype, await readExactly(source, entry.offset, entry.bytes));
}
