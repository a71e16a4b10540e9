import { AppError } from '../../contract/errors.ts';

/** The bytes of a request that carries exactly one file. */
export function onlyBuffer(buffers: readonly Uint8Array[]): Uint8Array {
  const [bytes] = buffers;
  if (bytes === undefined || buffers.length !== 1) {
    throw new AppError('badRequest', `The request must carry the bytes of one file; it carries ${buffers.length}.`, {
      expected: 1,
      found: buffers.length,
    });
  }
  return bytes;
}
