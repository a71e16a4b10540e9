import { initializeCanvas, readPsd, writePsdUint8Array } from 'ag-psd';
import { fromPsd, toPsd, type FlatDocument, type ReadDocument } from './flat-document.ts';

/** Decoded layers may take this much memory; more is refused. */
const memoryLimit = 2 * 1024 ** 3;

// The library asks for pictures where a page would have a canvas; arrays serve as well and run everywhere.
initializeCanvas(
  () => {
    throw new Error('No canvas is needed.');
  },
  (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height), colorSpace: 'srgb' }) as ImageData,
);

export function encodePsd(document: FlatDocument): Uint8Array<ArrayBuffer> {
  return new Uint8Array(writePsdUint8Array(toPsd(document), { noBackground: true }));
}

/** Throws for what is no PSD or has a colour mode that cannot be read. */
export function decodePsd(bytes: Uint8Array): ReadDocument {
  return fromPsd(readPsd(bytes, { useImageData: true, skipThumbnail: true, skipLinkedFilesData: true, totalMemoryLimit: memoryLimit }));
}
