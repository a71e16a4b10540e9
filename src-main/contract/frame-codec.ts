import { concatenate } from './concatenate.ts';
import { AppError } from './errors.ts';

/**
 * Frame: "STR1", JSON length (u32 LE), number of buffers (u32 LE), length of each buffer (u32 LE), the JSON in UTF-8, the buffers.
 * The lengths stand in front, so a frame that is too large is refused before a byte of it is kept.
 */
const magic = 0x3152_5453; // "STR1" read as u32 LE
const fixedHeaderBytes = 12;

export interface FrameLimits {
  readonly maxJsonBytes: number;
  readonly maxBuffers: number;
  /** Of the whole frame. */
  readonly maxFrameBytes: number;
}

export const defaultFrameLimits: FrameLimits = { maxJsonBytes: 32 * 2 ** 20, maxBuffers: 256, maxFrameBytes: 512 * 2 ** 20 };

export interface Frame {
  readonly message: unknown;
  readonly buffers: readonly Uint8Array[];
}

/** The parts of one frame in order, so that large buffers are not copied before they are written. */
export function encodeFrameParts(
  message: object,
  buffers: readonly Uint8Array[] = [],
  limits: FrameLimits = defaultFrameLimits,
): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify(message));
  const header = new Uint8Array(fixedHeaderBytes + 4 * buffers.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, json.length, true);
  view.setUint32(8, buffers.length, true);
  buffers.forEach((buffer, index) => view.setUint32(fixedHeaderBytes + 4 * index, buffer.length, true));
  checkLengths(json.length, buffers.map((buffer) => buffer.length), limits); // prettier-ignore
  return [header, json, ...buffers];
}

/** One frame as one block of bytes, for transports that keep message borders. */
export function encodeFrame(
  message: object,
  buffers: readonly Uint8Array[] = [],
  limits: FrameLimits = defaultFrameLimits,
): Uint8Array<ArrayBuffer> {
  return concatenate(encodeFrameParts(message, buffers, limits));
}

function checkLengths(jsonBytes: number, bufferBytes: readonly number[], limits: FrameLimits): void {
  const total = bufferBytes.reduce((sum, bytes) => sum + bytes, jsonBytes);
  if (jsonBytes > limits.maxJsonBytes) throw tooLarge('JSON', jsonBytes, limits.maxJsonBytes);
  if (bufferBytes.length > limits.maxBuffers) throw tooLarge('buffer count', bufferBytes.length, limits.maxBuffers);
  if (total > limits.maxFrameBytes) throw tooLarge('frame', total, limits.maxFrameBytes);
}

function tooLarge(part: string, found: number, expected: number): AppError {
  return new AppError(
    'frameTooLarge',
    `A message between two parts of the application has a ${part} of ${found}; at most ${expected} is allowed.`,
    { part, expected, found },
  );
}

/**
 * Cuts a stream of bytes into frames. It never throws: the first breach of the format is reported once as `protocolError` (or
 * `frameTooLarge`) and everything after it is ignored, since the borders of later frames cannot be known.
 */
export class FrameDecoder {
  readonly #onFrame: (frame: Frame) => void;
  readonly #onError: (error: AppError) => void;
  readonly #limits: FrameLimits;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #neededBytes = fixedHeaderBytes;
  #isBroken = false;

  constructor(onFrame: (frame: Frame) => void, onError: (error: AppError) => void, limits: FrameLimits = defaultFrameLimits) {
    this.#onFrame = onFrame;
    this.#onError = onError;
    this.#limits = limits;
  }

  /** True between frames: a stream that ends here has lost nothing. */
  get isAtBorder(): boolean {
    return this.#bufferedBytes === 0;
  }

  /** Takes the next bytes of the stream; the chunk is kept until its frames are complete. */
  push(chunk: Uint8Array): void {
    if (this.#isBroken || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    try {
      while (this.#bufferedBytes >= this.#neededBytes && this.#decodeNext());
    } catch (error) {
      this.#isBroken = true;
      this.#chunks = [];
      this.#bufferedBytes = 0;
      this.#onError(error instanceof AppError ? error : new AppError('protocolError', String(error)));
    }
  }

  /** Decodes one frame, or learns how many bytes are needed for it and returns false when they are not there yet. */
  #decodeNext(): boolean {
    const bytes = this.#joined();
    const header = readHeader(bytes, this.#limits);
    this.#neededBytes = header.neededBytes;
    if (header.lengths === null || bytes.length < header.neededBytes) return bytes.length >= header.neededBytes;
    const [jsonBytes = 0, ...bufferBytes] = header.lengths;
    let offset = header.headerBytes;
    const message = parseJson(bytes.subarray(offset, (offset += jsonBytes)));
    // Copies: the stream's chunks are often views of a pooled buffer that the next read would overwrite or keep alive.
    const buffers = bufferBytes.map((length) => bytes.slice(offset, (offset += length)));
    this.#consume(offset, bytes);
    this.#onFrame({ message, buffers });
    return true;
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first) return first;
    const whole = concatenate(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #consume(bytes: number, whole: Uint8Array): void {
    const rest = whole.subarray(bytes);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bufferedBytes = rest.length;
    this.#neededBytes = fixedHeaderBytes;
  }
}

/** Reads as much of a frame's header as is there; `lengths` is null until the buffer table is complete. */
function readHeader(bytes: Uint8Array, limits: FrameLimits): { headerBytes: number; neededBytes: number; lengths: number[] | null } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(0, true);
  if (found !== magic) throw new AppError('protocolError', `A frame must begin with "STR1"; found 0x${found.toString(16)}.`, { found });
  const jsonBytes = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  if (count > limits.maxBuffers) throw tooLarge('buffer count', count, limits.maxBuffers);
  checkLengths(jsonBytes, [], limits);
  const headerBytes = fixedHeaderBytes + 4 * count;
  if (bytes.length < headerBytes) return { headerBytes, neededBytes: headerBytes, lengths: null };
  const bufferBytes = Array.from({ length: count }, (_, index) => view.getUint32(fixedHeaderBytes + 4 * index, true));
  checkLengths(jsonBytes, bufferBytes, limits);
  const neededBytes = bufferBytes.reduce((sum, length) => sum + length, headerBytes + jsonBytes);
  return { headerBytes, neededBytes, lengths: [jsonBytes, ...bufferBytes] };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError('protocolError', 'A frame must carry JSON in UTF-8; its text could not be read.', {}, cause);
  }
}
