import type { AssetId } from '../../contract/protocol.ts';
import { AssetStore } from './asset-store.ts';
import { saveAtomically } from './atomic-save.ts';
import { storeExtensions } from './data-folder.ts';
import type { FileSystem } from './file-system.ts';

/** Longest side in pixels: sharp in the gallery's cells on screens of twice the density. */
const longestSide = 384;
const quality = 78;
/** As everywhere: a file that claims more is not decoded. */
const maxPixels = 64e6;
/** About 50,000 thumbnails. */
const defaultMaxBytes = 512 * 2 ** 20;
const madeBetweenTrims = 500;
/** Decoding runs on threads of its own; more at once would only slow what is in sight. */
const atOnce = 2;

export interface ThumbnailOptions {
  readonly files: FileSystem;
  readonly folder: string;
  /** Only finished pictures, which the studio has written itself, are decoded. */
  readonly pictures: AssetStore;
  /** Thumbnails that were made are kept only where the folder may be written. */
  readonly isReadOnly: boolean;
  readonly maxBytes?: number;
}

/**
 * Small WebP copies of finished pictures under the pictures' ids, made when they are first asked for. They are a cache: the oldest go when
 * there are too many, and what is missing or removed is made again.
 */
export class ThumbnailStore {
  readonly #options: ThumbnailOptions;
  readonly #store: AssetStore;
  readonly #making = new Map<AssetId, Promise<string | null>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #made = 0;

  constructor(options: ThumbnailOptions) {
    this.#options = options;
    this.#store = new AssetStore(options.files, options.folder, storeExtensions.thumbnails);
  }

  /** Where the thumbnail of a picture lies, made if need be; null when there is no such picture or it cannot be decoded. */
  async ensure(id: AssetId): Promise<string | null> {
    if (await this.#store.has(id)) return this.#store.path(id);
    if (this.#options.isReadOnly || !(await this.#options.pictures.has(id))) return null;
    const making = this.#making.get(id) ?? this.#inTurn(() => this.#make(id));
    this.#making.set(id, making);
    return making.finally(() => this.#making.delete(id));
  }

  /** Resolves when nothing is being made any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#making.values());
  }

  async remove(id: AssetId): Promise<void> {
    await this.#store.remove(id);
  }

  /** Removes the oldest until what is left fits with a fifth to spare; answers how many went. */
  async trim(): Promise<number> {
    const { files, maxBytes = defaultMaxBytes } = this.#options;
    const found: { readonly id: AssetId; readonly bytes: number; readonly modifiedAt: number }[] = [];
    for (const [id, modifiedAt] of await this.#store.sweep()) {
      found.push({ id, modifiedAt, bytes: (await files.stat(this.#store.path(id)))?.bytes ?? 0 });
    }
    let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= maxBytes) return 0;
    let removed = 0;
    for (const { id, bytes } of found.sort((a, b) => a.modifiedAt - b.modifiedAt)) {
      if (total <= 0.8 * maxBytes) break;
      await this.remove(id);
      total -= bytes;
      removed++;
    }
    return removed;
  }

  async #make(id: AssetId): Promise<string | null> {
    const { files, folder, pictures } = this.#options;
    try {
      // Loaded with the first thumbnail: the studio starts without it.
      const { default: sharp } = await import('sharp');
      const small = sharp(pictures.path(id), { limitInputPixels: maxPixels })
        .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality });
      const bytes = await small.toBuffer();
      await files.makeFolder(`${folder}/${id.slice(0, 2)}`);
      await saveAtomically(files, this.#store.path(id), [bytes]);
    } catch {
      // The picture itself is shown in its place.
      return null;
    }
    if (++this.#made % madeBetweenTrims === 0) await this.trim();
    return this.#store.path(id);
  }

  /** The newest wish first: what was asked for earlier has often been scrolled out of sight. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.pop()?.();
    }
  }
}
