import type { AssetId } from '../contract/protocol.ts';
import { recipeAssets } from './recipe-assets.ts';
import { readPictureFile } from './files/picture-file.ts';
import type { Library } from './library.ts';
import type { NewPicture } from './store/gallery-table.ts';

const unusedAssetAgeMs = 7 * 24 * 3600 * 1000;

export interface Reconciled {
  readonly added: number;
  readonly forgotten: number;
  readonly removedAssets: number;
}

export interface ReconcileOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Resolves when every save that has begun is in the table. */
  savesDone(): Promise<void>;
}

/**
 * Makes folder and tables agree after whatever happened: pictures without a row get one from their own metadata, rows without a file
 * are forgotten, inputs that nothing names any more for a week are removed. Safe to interrupt anywhere; the signal does so, by throwing.
 */
export async function reconcile(library: Library, { now, signal, savesDone }: ReconcileOptions): Promise<Reconciled> {
  const files = await library.pictures.sweep();
  const rows = library.gallery.assets();
  const newcomers: NewPicture[] = [];
  for (const [asset, modifiedAt] of [...files].sort(([, a], [, b]) => a - b)) {
    signal.throwIfAborted();
    if (rows.has(asset)) continue;
    const read = await readPictureFile(await library.pictures.read(asset)).catch(() => null);
    if (read?.found?.source !== 'strata') continue;
    const { width, height, found } = read;
    newcomers.push({ asset, width, height, recipe: found.recipe, seconds: null, job: null, capture: null, createdAt: modifiedAt });
  }
  signal.throwIfAborted();
  // A job's picture is in the folder a moment before its row is in the table.
  await savesDone();
  const present = library.gallery.assets();
  const added = library.gallery.add(newcomers.filter(({ asset }) => !present.has(asset)));
  const lost: number[] = [];
  // The file is asked for once more: it may be newer than the list of files.
  for (const [asset, ids] of rows) if (!files.has(asset) && !(await library.pictures.has(asset))) lost.push(...ids);
  library.gallery.remove(lost);
  return { added: added.length, forgotten: lost.length, removedAssets: await removeUnused(library, now, signal) };
}

async function removeUnused(library: Library, now: number, signal: AbortSignal): Promise<number> {
  const stored = await library.assets.sweep();
  signal.throwIfAborted();
  const used = usedAssets(library);
  let removed = 0;
  for (const [asset, modifiedAt] of stored) {
    if (used.has(asset) || now - modifiedAt < unusedAssetAgeMs) continue;
    await library.assets.remove(asset);
    removed++;
  }
  return removed;
}

function usedAssets(library: Library): Set<AssetId> {
  const used = library.documents.assets(null);
  for (const job of library.queue.list(Number.MAX_SAFE_INTEGER)) for (const asset of recipeAssets(job.recipe)) used.add(asset);
  for (const { recipe, capture } of library.gallery.withAssets()) {
    for (const asset of recipeAssets(recipe)) used.add(asset);
    if (capture) used.add(capture.asset);
  }
  return used;
}
