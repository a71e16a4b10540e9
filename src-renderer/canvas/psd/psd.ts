import type { FlatDocument, ReadDocument } from './flat-document.ts';

/** What the worker says. */
export interface PsdAnswer {
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly document?: ReadDocument;
  readonly failed?: string;
}

/** A layered Photoshop file; the pixels of `document` are handed over and cannot be used afterwards. */
export async function writePsd(document: FlatDocument): Promise<Uint8Array<ArrayBuffer>> {
  const pictures = [
    document.merged,
    ...document.content.flatMap((item) => ('layers' in item ? item.layers : [item])).map((layer) => layer.picture),
  ];
  const { bytes } = await ask(document, [...new Set(pictures.map(({ data }) => data.buffer))]);
  if (!bytes) throw new Error('The file was not written.');
  return bytes;
}

/** The layers of a Photoshop file. Rejects with the reason when it cannot be read. */
export async function readPsd(bytes: Uint8Array<ArrayBuffer>): Promise<ReadDocument> {
  const { document } = await ask(bytes, [bytes.buffer]);
  if (!document) throw new Error('The file was not read.');
  return document;
}

function ask(message: FlatDocument | Uint8Array, transfer: Transferable[]): Promise<PsdAnswer> {
  const worker = new Worker(new URL('./psd-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<PsdAnswer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<PsdAnswer>) =>
      data.failed === undefined ? resolve(data) : reject(new Error(data.failed)),
    );
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.postMessage(message, transfer);
  }).finally(() => worker.terminate());
}
