import { exportDocument, importDocument } from '../document-file.ts';
import type { Studio } from '../studio.ts';
import { WithBuffers } from '../with-buffers.ts';
import type { HandlersOf } from './handler-types.ts';
import { onlyBuffer } from './only-buffer.ts';

export function documentHandlers(studio: Studio): HandlersOf<'documents'> {
  const { library } = studio;
  const { documents } = library;
  return {
    'documents.list': () => ({ documents: documents.list() }),
    'documents.create': ({ name }) => documents.create(name),
    'documents.open': ({ document }) => documents.open(document),
    'documents.append': ({ document, after, entries }) => ({ sequence: documents.append(document, after, entries) }),
    'documents.snapshot': ({ document, ...snapshot }) => {
      documents.saveSnapshot(document, snapshot);
      return {};
    },
    'documents.history': ({ document, from, limit }) => ({ entries: documents.history(document, from, limit) }),
    'documents.rename': ({ document, name }) => {
      documents.rename(document, name);
      return {};
    },
    'documents.remove': ({ document }) => {
      documents.remove(document);
      return {};
    },
    'documents.export': async ({ document }) => {
      const bytes = await exportDocument(library, document);
      return new WithBuffers({ bytes: bytes.length }, [bytes]);
    },
    'documents.import': ({ name }, buffers) => importDocument(library, name, onlyBuffer(buffers)),
  };
}
