import { concatenate } from '../../contract/concatenate.ts';
import { crc32 } from './crc32.ts';

const encoder = new TextEncoder();

/** A chunk as it stands in a file: length, type, data, CRC. */
export function pngChunk(type: string, ...data: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatenate([encoder.encode(type), ...data]);
  const head = new Uint8Array(4);
  const tail = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, body.length - 4);
  new DataView(tail.buffer).setUint32(0, crc32(body));
  return concatenate([head, body, tail]);
}
