import { createHash } from 'node:crypto';
import type { FloatTensor } from '../../../../kernels/tensor.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import type { ImageTokens } from './image-features.ts';

/** Pictures whose tokens are kept: a few hundred kilobytes each, against seconds of loading and running the encoder. */
const kept = 16;

const caches = new WeakMap<LoadedModel, Map<string, ImageTokens>>();

/** The tokens of a picture for an adapter, made once as long as neither changes. `files` says which files read it. */
export async function cachedTokens(
  model: LoadedModel,
  pixels: FloatTensor,
  files: string,
  make: () => Promise<ImageTokens>,
): Promise<ImageTokens> {
  const { buffer, byteOffset, byteLength } = pixels.data;
  const key = `${createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')} ${files}`;
  const cache = caches.get(model) ?? new Map<string, ImageTokens>();
  caches.set(model, cache);
  const tokens = cache.get(key) ?? (await make());
  cache.delete(key);
  cache.set(key, tokens);
  for (const oldest of cache.keys()) if (cache.size > kept) cache.delete(oldest);
  return tokens;
}
