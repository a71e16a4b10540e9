import { AppError } from '../../contract/errors.ts';
import { exportDocument, importDocument } from '../document-file.ts';
import type { Studio } from '../studio.ts';
import { WithBuffers } from '../with-buffers.ts';
import type { HandlersOf } from './handler-types.ts';
import { onlyBuffer } from './only-buffer.ts';

export function documentHandlers(studio: Studio, page: string): HandlersOf<'documents'> {
  const { library, writers } = studio;
  const checkWriter = (document: string) => {
    if (!writers.mayWrite(document, page))
      throw new AppError('documentTaken', 'Another window edits this document now; the last changes of this one were not saved.', {
        document,
      });
  };
  const { documents } = library;
  return {
    'documents.list': () => ({ documents: documents.list() }),
    'documents.create': ({ name }) => documents.create(name),
    'documents.open': ({ document }) => documents.open(document),
    'documents.claim': async ({ document, isTakeover }) => {
      documents.summary(document);
      return { page, isWriter: !library.isReadOnly && (await writers.claim(document, page, isTakeover)) };
    },
    'documents.release': ({ document }) => {
      writers.release(document, page);
      return {};
    },
    'documents.append': ({ document, after, entries }) => {
      checkWriter(document);
      const sequence = documents.append(document, after, entries);
      studio.emit({ kind: 'document', document, sequence });
      return { sequence };
    },
    'documents.snapshot': ({ document, ...snapshot }) => {
      checkWriter(document);
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
