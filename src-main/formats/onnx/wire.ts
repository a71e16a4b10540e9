import { readExactly, type ByteSource } from '../byte-source.ts';

/** One field of a protobuf message: a number for varints, the byte range for the rest. */
export interface WireField {
  readonly number: number;
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

export class WireError extends Error {}

const windowBytes = 65_536;

/**
 * Walks the fields of protobuf messages by positioned reads: values are skipped, not read, so a file of any size costs little.
 * (Protocol Buffers, "Encoding": tag = number << 3 | wire type; types 0 varint, 1 eight bytes, 2 length, 5 four bytes.)
 */
export class WireReader {
  readonly #source: ByteSource;
  readonly #maxFields: number;
  #window = new Uint8Array(0);
  #windowStart = 0;
  #fields = 0;

  constructor(source: ByteSource, maxFields: number) {
    this.#source = source;
    this.#maxFields = maxFields;
  }

  /** The fields of the message in [start, end). Throws WireError where the bytes are no message, or after too many fields. */
  async *fields(start: number, end: number): AsyncGenerator<WireField> {
    let at = start;
    while (at < end) {
      if (++this.#fields > this.#maxFields) throw new WireError(`expected at most ${this.#maxFields} fields, found more`);
      const tag = await this.#varint(at, end);
      const field = await this.#field(Math.floor(tag.value / 8), tag.value % 8, tag.end, end);
      yield field;
      at = field.end;
    }
  }

  /** Text of a field of at most `most` bytes. */
  async text({ start, end }: WireField, most = 4096): Promise<string> {
    if (end - start > most) throw new WireError(`expected a text of at most ${most} bytes, found ${end - start}`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await readExactly(this.#source, start, end - start));
    } catch (cause) {
      throw new WireError('expected UTF-8 text', { cause });
    }
  }

  async #field(number: number, type: number, at: number, end: number): Promise<WireField> {
    if (number < 1 || number > 536_870_911) throw new WireError(`expected a field number, found ${number}`);
    if (type === 0) {
      const varint = await this.#varint(at, end);
      return { number, value: varint.value, start: at, end: varint.end };
    }
    const sized = type === 2 ? await this.#varint(at, end) : { value: type === 1 ? 8 : 4, end: at };
    if (type !== 1 && type !== 2 && type !== 5) throw new WireError(`expected wire type 0, 1, 2 or 5, found ${type}`);
    const fieldEnd = sized.end + sized.value;
    if (fieldEnd > end) throw new WireError(`expected a field of ${sized.value} bytes, found ${end - sized.end}`);
    return { number, value: sized.value, start: sized.end, end: fieldEnd };
  }

  async #varint(at: number, end: number): Promise<{ value: number; end: number }> {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      if (at + i >= end) break;
      const byte = await this.#byte(at + i);
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), end: at + i + 1 };
    }
    throw new WireError('expected a varint of at most 10 bytes');
  }

  async #byte(at: number): Promise<number> {
    const index = at - this.#windowStart;
    if (index >= 0 && index < this.#window.length) return this.#window[index] ?? 0;
    this.#windowStart = at;
    this.#window = Uint8Array.from(await readExactly(this.#source, at, Math.min(windowBytes, this.#source.size - at)));
    return this.#window[0] ?? 0;
  }
}
