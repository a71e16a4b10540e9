import { AppError } from '../../contract/errors.ts';

/** Kinds of picture that are taken in and served, by their first bytes. SVG is a document, not a picture, and is refused. */
const kinds: readonly { readonly mime: string; readonly matches: (head: Buffer) => boolean }[] = [
  { mime: 'image/png', matches: (head) => head.readUInt32BE(0) === 0x8950_4e47 },
  { mime: 'image/jpeg', matches: (head) => head.readUIntBE(0, 3) === 0xff_d8ff },
  { mime: 'image/webp', matches: (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP' },
  { mime: 'image/gif', matches: (head) => head.toString('latin1', 0, 4) === 'GIF8' },
  { mime: 'image/tiff', matches: (head) => ['II*\0', 'MM\0*'].includes(head.toString('latin1', 0, 4)) },
  { mime: 'image/avif', matches: (head) => /^ftypavi[fs]$/.test(head.toString('latin1', 4, 12)) },
];

/** MIME type of a picture; null for anything else. */
export function pictureMime(bytes: Uint8Array): string | null {
  if (bytes.length < 12) return null;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, 12);
  return kinds.find(({ matches }) => matches(head))?.mime ?? null;
}

/** @throws AppError `notAPicture` */
export function checkPictureBytes(bytes: Uint8Array): void {
  if (pictureMime(bytes) !== null) return;
  throw new AppError(
    'notAPicture',
    `The file must be a PNG, JPEG, WebP, GIF, TIFF or AVIF picture; it begins with ${describeHead(bytes)}.`,
  );
}

function describeHead(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing: it is empty';
  const head = Buffer.from(bytes.subarray(0, 8));
  const text = head.toString('latin1');
  return /^[\x20-\x7e]+$/.test(text) ? JSON.stringify(text) : `the bytes ${head.toString('hex')}`;
}
