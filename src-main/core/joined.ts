import { concatenate } from '../contract/concatenate.ts';

/** Values of the parts one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const bytes = parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  return new Float32Array(concatenate(bytes).buffer);
}
