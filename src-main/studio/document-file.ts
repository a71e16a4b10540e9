import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { encodeFrame, FrameDecoder, type Frame, type FrameLimits } from '../contract/frame-codec.ts';
import { assetIdSchema } from '../contract/protocol.ts';
import { documentContentSchema, type DocumentSummary } from '../contract/records.ts';
import type { Library } from './library.ts';

/** A document in one file: the frame of the channels, its JSON the journal, its buffers the assets in the order of their ids. */
const limits: FrameLimits = { maxJsonBytes: 256 * 2 ** 20, maxBuffers: 65_536, maxFrameBytes: 2 ** 32 - 1 };

const fileSchema = z.object({
  format: z.literal('strata document'),
  version: z.literal(1),
  content: documentContentSchema,
  assets: z.array(assetIdSchema),
});

export async function exportDocument(library: Library, id: string): Promise<Uint8Array> {
  const { document, snapshot } = library.documents.open(id);
  const entries = library.documents.history(id, 1, document.sequence);
  const assets = [...library.documents.assets(id)].sort();
  const buffers = await Promise.all(assets.map((asset) => readAsset(library, asset)));
  return encodeFrame({ format: 'strata document', version: 1, content: { document, snapshot, entries }, assets }, buffers, limits);
}

async function readAsset(library: Library, asset: string): Promise<Uint8Array> {
  return (await library.pictures.has(asset)) ? library.pictures.read(asset) : library.assets.read(asset);
}

/** @throws AppError `notADocument` */
export async function importDocument(library: Library, name: string, bytes: Uint8Array): Promise<DocumentSummary> {
  const frame = decodeOne(bytes);
  const version: unknown =
    typeof frame.message === 'object' && frame.message !== null && 'version' in frame.message ? frame.message.version : null;
  const parsed = fileSchema.safeParse(frame.message);
  if (!parsed.success || parsed.data.assets.length !== frame.buffers.length) {
    const found =
      typeof version === 'number' && version > 1 ? `it is of version ${version}, made by a newer Strata` : 'its content has another shape';
    throw notADocument(found);
  }
  // Stored under the hash of what is really there: a file with other bytes than its names say only misses them.
  for (const buffer of frame.buffers) await library.assets.put([buffer]);
  const { content } = parsed.data;
  const document = library.documents.create(name === '' ? content.document.name : name);
  const sequence = content.entries.length > 0 ? library.documents.append(document.id, 0, content.entries) : 0;
  if (content.snapshot && content.snapshot.sequence <= sequence) {
    library.documents.saveSnapshot(document.id, { ...content.snapshot, assets: parsed.data.assets });
  }
  return library.documents.summary(document.id);
}

function decodeOne(bytes: Uint8Array): Frame {
  const frames: Frame[] = [];
  const errors: AppError[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame), (error) => errors.push(error), limits); // prettier-ignore
  decoder.push(bytes);
  const [frame] = frames;
  if (!frame || frames.length !== 1 || !decoder.isAtBorder || errors.length > 0)
    throw notADocument(errors[0]?.message ?? 'it is cut short or has something after its end');
  return frame;
}

function notADocument(found: string): AppError {
  return new AppError('notADocument', `The file must be a document saved by Strata; ${found}.`);
}
