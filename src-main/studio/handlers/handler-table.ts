import type { StudioMethod } from '../../contract/studio-methods.ts';
import type { Studio } from '../studio.ts';
import { assetHandlers } from './asset-handlers.ts';
import { documentHandlers } from './document-handlers.ts';
import { engineHandlers } from './engine-handlers.ts';
import { galleryHandlers } from './gallery-handlers.ts';
import type { Handlers } from './handler-types.ts';
import { queueHandlers } from './queue-handlers.ts';

/** @param page name of the page that asks, by which it holds documents */
export function createHandlers(studio: Studio, page: string): Handlers {
  return {
    ...queueHandlers(studio),
    ...galleryHandlers(studio),
    ...documentHandlers(studio, page),
    ...assetHandlers(studio),
    ...engineHandlers(studio),
  };
}

/** What a read-only studio still answers; everything else is refused there. */
export const readingMethods: ReadonlySet<StudioMethod> = new Set([
  'studio.state', 'recipe.plan', 'recipe.describe', 'queue.list', 'gallery.search', 'gallery.get', 'boards.list', 'assets.get', 'assets.thumbnail',
  'picture.readRecipe', 'models.list', 'models.rescan', 'models.inspect', 'settings.get', 'documents.list', 'documents.open',
  'documents.history', 'documents.export', 'documents.claim', 'documents.release', 'engine.restart', 'engine.doctor',
]); // prettier-ignore
