import type { ParsedStudioParams, StudioMethod, StudioResult } from '../../contract/studio-methods.ts';
import type { Studio } from '../studio.ts';
import type { WithBuffers } from '../with-buffers.ts';
import { assetHandlers } from './asset-handlers.ts';
import { documentHandlers } from './document-handlers.ts';
import { engineHandlers } from './engine-handlers.ts';
import { galleryHandlers } from './gallery-handlers.ts';
import { queueHandlers } from './queue-handlers.ts';

type MaybePromise<Value> = Value | Promise<Value>;

/** One function for each method, tied to its parameters and its result. */
export type Handlers = {
  readonly [Method in StudioMethod]: (
    params: ParsedStudioParams<Method>,
    buffers: readonly Uint8Array[],
  ) => MaybePromise<StudioResult<Method> | WithBuffers<StudioResult<Method>>>;
};

export type HandlersOf<Prefix extends string> = Pick<Handlers, Extract<StudioMethod, `${Prefix}.${string}`>>;

export function createHandlers(studio: Studio): Handlers {
  return {
    ...queueHandlers(studio),
    ...galleryHandlers(studio),
    ...documentHandlers(studio),
    ...assetHandlers(studio),
    ...engineHandlers(studio),
  };
}

/** What a read-only studio still answers; everything else is refused there. */
export const readingMethods: ReadonlySet<StudioMethod> = new Set([
  'studio.state', 'recipe.plan', 'recipe.describe', 'queue.list', 'gallery.search', 'gallery.get', 'boards.list', 'assets.get',
  'picture.readRecipe', 'models.list', 'models.rescan', 'models.inspect', 'settings.get', 'documents.list', 'documents.open',
  'documents.history', 'documents.export', 'engine.restart', 'engine.doctor',
]); // prettier-ignore
