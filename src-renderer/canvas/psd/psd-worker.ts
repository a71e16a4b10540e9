import type { FlatDocument } from './flat-document.ts';
import { decodePsd, encodePsd } from './psd-bytes.ts';
import type { PsdAnswer } from './psd.ts';

/** Packing pixels takes seconds for a large document: it is done beside the page. */
self.addEventListener('message', ({ data }: MessageEvent<FlatDocument | Uint8Array>) => {
  try {
    if (data instanceof Uint8Array) {
      const document = decodePsd(data);
      answer({ document }, [...new Set(document.layers.map((layer) => layer.picture.data.buffer))]);
    } else {
      const bytes = encodePsd(data);
      answer({ bytes }, [bytes.buffer]);
    }
  } catch (error) {
    answer({ failed: error instanceof Error ? error.message : String(error) }, []);
  }
});

function answer(message: PsdAnswer, transfer: Transferable[]): void {
  self.postMessage(message, { transfer });
}
