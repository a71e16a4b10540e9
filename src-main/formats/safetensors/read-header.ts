import { AppError } from '../../contract/errors.ts';
import { readExactly, type ByteSource } from '../byte-source.ts';
import { notAModelSentence, sniff } from '../sniff.ts';
import { dtypeBits } from './dtype.ts';
import { modelFileError } from './model-file-error.ts';
import { parseStrictObject, StrictJsonError, type StrictJson } from './strict-json.ts';

/** One tensor of a safetensors file; `offset` counts from the start of the file. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: Map<string, TensorEntry>;
  readonly metadata: Map<string, string>;
}

export const maxHeaderBytes = 100_000_000;
export const maxTensors = 200_000;
const maxRank = 8;

/**
 * Reads and checks the header of a safetensors file by the acceptance rules of the format: length word, strict UTF-8 and JSON,
 * known dtypes, contiguous data from the header's end to the file's end. Nothing is allocated beyond what the file holds.
 * Throws AppError with a ModelFileCode.
 */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const headerBytes = await readHeaderLength(source);
  const bytes = await readExactly(source, 8, headerBytes);
  const entries = parseHeader(decodeUtf8(bytes));
  const metadata = takeMetadata(entries);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of entries) tensors.set(name, tensorEntry(name, value));
  checkContiguous(tensors, source.size - 8 - headerBytes);
  const dataStart = 8 + headerBytes;
  for (const [name, entry] of tensors) tensors.set(name, { ...entry, offset: entry.offset + dataStart });
  return { tensors, metadata };
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  const start = await readExactly(source, 0, Math.min(source.size, 512));
  if (start.length < 8) {
    refuseForeign(start);
    throw modelFileError('tooSmall', 'file size in bytes', { expected: 'at least 8', got: source.size });
  }
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  const fits = length >= 2n && length <= BigInt(maxHeaderBytes) && length + 8n <= BigInt(source.size);
  if (fits && start[8] === 0x7b) return Number(length);
  refuseForeign(start);
  if (length > BigInt(maxHeaderBytes)) {
    throw modelFileError('headerTooLarge', 'header length in bytes', { expected: `at most ${maxHeaderBytes}`, got: String(length) });
  }
  if (!fits) {
    const expected = `2 to ${source.size - 8}, the rest of the file`;
    throw modelFileError('headerLength', 'header length in bytes', { expected, got: String(length) });
  }
  throw modelFileError('notJson', 'first byte of the header', {
    expected: '"{"',
    got: `0x${(start[8] ?? 0).toString(16).padStart(2, '0')}`,
  });
}

function refuseForeign(start: Uint8Array): void {
  const kind = sniff(start);
  if (kind) throw new AppError('notSafetensors', notAModelSentence(kind), { expected: 'safetensors', got: kind });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw modelFileError('notUtf8', 'text of the header', { expected: 'UTF-8', got: 'other bytes' }, cause);
  }
}

function parseHeader(text: string): Map<string, StrictJson> {
  try {
    return parseStrictObject(text, maxTensors + 1);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    const fault = { expected: 'a JSON object of tensors', got: cause.message };
    if (cause.kind === 'tooMany')
      throw modelFileError('tooManyTensors', 'number of tensors', { expected: `at most ${maxTensors}`, got: 'more' });
    if (cause.kind !== 'duplicate') throw modelFileError('notJson', 'header', fault, cause);
    const name = cause.key ?? '';
    throw modelFileError('duplicateKey', 'names in the header', { expected: 'each name once', got: cause.message, tensor: name });
  }
}

function takeMetadata(entries: Map<string, StrictJson>): Map<string, string> {
  const value = entries.get('__metadata__');
  entries.delete('__metadata__');
  if (entries.size > maxTensors) {
    throw modelFileError('tooManyTensors', 'number of tensors', { expected: `at most ${maxTensors}`, got: entries.size });
  }
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!(value instanceof Map))
    throw modelFileError('badMetadata', '__metadata__', { expected: 'an object of texts', got: describe(value) });
  for (const [key, text] of value) {
    if (typeof text !== 'string') {
      throw modelFileError('badMetadata', `__metadata__ entry "${key.slice(0, 100)}"`, { expected: 'a text', got: describe(text) });
    }
    metadata.set(key, text);
  }
  return metadata;
}

function tensorEntry(tensor: string, value: StrictJson): TensorEntry {
  if (!(value instanceof Map)) throw modelFileError('notJson', 'entry', { expected: 'an object', got: describe(value), tensor });
  const dtype = value.get('dtype');
  const bits = typeof dtype === 'string' ? dtypeBits(dtype) : undefined;
  if (typeof dtype !== 'string' || bits === undefined) {
    throw modelFileError('badDtype', 'dtype', { expected: 'a dtype of the format', got: describe(dtype), tensor });
  }
  const shape = integers(value.get('shape'));
  if (!shape || shape.length > maxRank) {
    const expected = `at most ${maxRank} non-negative integers`;
    throw modelFileError('badShape', 'shape', { expected, got: describe(value.get('shape')), tensor });
  }
  const offsets = integers(value.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (offsets?.length !== 2 || begin === undefined || end === undefined || end < begin) {
    throw modelFileError('badOffsets', 'data_offsets', {
      expected: 'two integers, begin not after end',
      got: describe(value.get('data_offsets')),
      tensor,
    });
  }
  checkSize(tensor, shape, bits, end - begin);
  return { dtype, shape, offset: begin, bytes: end - begin };
}

/** The shape's bits in BigInt: products of safe integers overflow doubles. The 64-bit limit is that of the reference reader. */
function checkSize(tensor: string, shape: readonly number[], bits: number, bytes: number): void {
  const elements = shape.reduce((product, size) => product * BigInt(size), 1n);
  const total = elements * BigInt(bits);
  if (total >= 1n << 64n) throw modelFileError('overflow', 'size in bits', { expected: 'below 2^64', got: String(total), tensor });
  if (total !== BigInt(bytes) * 8n) {
    throw modelFileError('sizeMismatch', `size of shape [${shape.join(', ')}] in bytes`, {
      expected: Number(total) / 8,
      got: bytes,
      tensor,
    });
  }
}

function checkContiguous(tensors: Map<string, TensorEntry>, dataBytes: number): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let position = 0;
  for (const [tensor, entry] of ordered) {
    if (entry.offset !== position) {
      throw modelFileError('hole', 'start of the data', {
        expected: `${position}, where the tensor before it ends`,
        got: entry.offset,
        tensor,
      });
    }
    position += entry.bytes;
  }
  if (position !== dataBytes) {
    throw modelFileError('hole', 'bytes of data', { expected: `${position}, as its header says`, got: dataBytes });
  }
}

function integers(value: StrictJson | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.filter((item) => typeof item === 'number');
  return numbers.length === value.length ? numbers : undefined;
}

function describe(value: StrictJson | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.slice(0, 16).map(describe).join(', ')}${value.length > 16 ? ', …' : ''}]`;
  if (value instanceof Map) return 'an object';
  if (typeof value === 'object') return value.text;
  return typeof value === 'string' ? `"${value.slice(0, 64)}"` : String(value);
}
