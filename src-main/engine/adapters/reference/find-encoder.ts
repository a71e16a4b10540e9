import { addOnRefusal } from '../../../../models/add-on/refusal.ts';
import { openClipVision, type ClipVisionDescription } from '../../../../models/clip-vision/open-clip-vision.ts';
import type { IpAdapterDescription } from '../../../../models/ip-adapter/open-ip-adapter.ts';
import type { ProjectionConfig } from '../../../../models/ip-adapter/projection-config.ts';
import type { ModelIo } from '../../../../models/checkpoint/types.ts';
import { AppError } from '../../../contract/errors.ts';

/** Where encoders lie, from the adapter's folder: as published with the adapters, and as other programs keep them. */
const places = ['image_encoder', '../image_encoder', '../models/image_encoder', 'clip_vision', '../clip_vision'];

/** Encoders by the width that an adapter reads: of their embedding, or of their patches. */
const published = {
  embeds: { 768: 'ViT-L/14', 1024: 'ViT-H/14', 1280: 'ViT-bigG/14' },
  patches: { 1024: 'ViT-L/14', 1280: 'ViT-H/14', 1664: 'ViT-bigG/14' },
} as const;

/** The image encoder that an adapter was made with, found by its sizes. Throws AppError `imageEncoderMissing` with what would fit. */
export async function findImageEncoder(adapter: IpAdapterDescription, io: ModelIo): Promise<ClipVisionDescription> {
  const path = adapter.path;
  const home = (await io.kind(path)) === 'folder' ? path : path.replace(/(^|[/\\])[^/\\]+$/, '') || '.';
  const seen: string[] = [];
  for (const place of places) {
    for (const candidate of await candidates(`${home}/${place}`, io)) {
      const encoder = await openIfEncoder(candidate, io);
      if (encoder && fits(encoder, adapter.projection)) return encoder;
      if (encoder) seen.push(`${candidate} (${encoder.config.width} wide, embedding ${encoder.config.projectionWidth})`);
    }
  }
  throw missing(adapter, home, seen);
}

/** A transformers folder, or the safetensors files of a folder. */
async function candidates(folder: string, io: ModelIo): Promise<string[]> {
  const names = await io.list(folder);
  if (names.includes('config.json')) return [folder];
  return names.filter((name) => name.endsWith('.safetensors')).map((name) => `${folder}/${name}`);
}

async function openIfEncoder(path: string, io: ModelIo): Promise<ClipVisionDescription | undefined> {
  try {
    return await openClipVision(path, io);
  } catch (error) {
    // Other files may lie in the folder; a broken encoder is told from one that is not there by its own error.
    if (error instanceof AppError && (error.code === 'wrongAddOn' || error.code === 'unknownConfig')) return undefined;
    throw error;
  }
}

function fits({ config }: ClipVisionDescription, projection: ProjectionConfig): boolean {
  return (projection.kind === 'base' ? config.projectionWidth : config.width) === projection.inWidth;
}

function missing({ path, projection }: IpAdapterDescription, home: string, seen: readonly string[]): AppError {
  const isBase = projection.kind === 'base';
  const names: Readonly<Record<number, string>> = isBase ? published.embeds : published.patches;
  const known = names[projection.inWidth];
  const width = isBase ? `whose embedding has ${projection.inWidth} numbers` : `of width ${projection.inWidth}`;
  const found = seen.length > 0 ? `found ${seen.join(', ')}` : 'found none';
  const sentence = `This IP-Adapter needs a CLIP image encoder ${width}${known ? ` (${known})` : ''}; ${found}. Put its folder as image_encoder into ${home}.`;
  return addOnRefusal('imageEncoderMissing', path, sentence, { expected: projection.inWidth, got: [...seen] });
}
