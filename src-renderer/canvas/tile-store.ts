import type { TileId } from '../document/tiles.ts';

/** How many tiles that only the history needs stay in memory; 512 tiles of 256x256 RGBA are 128 MiB. */
const keptForHistory = 512;

/**
 * The pixels behind tile ids. Tiles never change once they are added. Tiles made in this window have local ids until they are
 * saved; after that `assetOf` names their bytes in the studio and they may leave memory when only the history needs them.
 */
export class TileStore<Surface> {
  readonly #surfaces = new Map<TileId, Surface>();
  readonly #assets = new Map<TileId, string>();
  readonly #loading = new Set<TileId>();
  readonly #load: (asset: string) => Promise<Surface>;
  readonly #onLoaded: (id: TileId) => void;
  #next = 1;

  constructor(load: (asset: string) => Promise<Surface>, onLoaded: (id: TileId) => void) {
    this.#load = load;
    this.#onLoaded = onLoaded;
  }

  add(surface: Surface): TileId {
    const id = `local-${this.#next++}` as TileId;
    this.#surfaces.set(id, surface);
    return id;
  }

  /** Whether a tile is in memory; one that is not is fetched. */
  has(id: TileId): boolean {
    return this.get(id) !== undefined;
  }

  /** Pixels of a tile; undefined while they are being fetched, and then `onLoaded` is called. */
  get(id: TileId): Surface | undefined {
    const surface = this.#surfaces.get(id);
    if (surface === undefined) void this.fetch(id).catch(() => undefined);
    return surface;
  }

  /** As `get`, waiting for the pixels. Rejects when the studio does not have them. */
  async fetch(id: TileId): Promise<Surface> {
    const known = this.#surfaces.get(id);
    if (known !== undefined) return known;
    if (this.#loading.has(id)) return await this.#waitFor(id);
    this.#loading.add(id);
    try {
      const surface = await this.#load(this.assetOf(id) ?? id);
      this.#surfaces.set(id, surface);
      this.#settle(id, null);
      this.#onLoaded(id);
      return surface;
    } catch (error) {
      this.#settle(id, error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      this.#loading.delete(id);
    }
  }

  readonly #waiting = new Map<TileId, ((error: Error | null) => void)[]>();

  #waitFor(id: TileId): Promise<Surface> {
    return new Promise((resolve, reject) => {
      const list = this.#waiting.get(id) ?? [];
      list.push((error) => (error === null ? resolve(this.#surfaces.get(id) as Surface) : reject(error)));
      this.#waiting.set(id, list);
    });
  }

  #settle(id: TileId, error: Error | null): void {
    for (const listener of this.#waiting.get(id) ?? []) listener(error);
    this.#waiting.delete(id);
  }

  /** The asset that holds the tile: known once it was saved, or from the start for tiles that were opened. */
  assetOf(id: TileId): string | undefined {
    return this.#assets.get(id) ?? (id.startsWith('local-') ? undefined : id);
  }

  setAsset(id: TileId, asset: string): void {
    this.#assets.set(id, asset);
  }

  /** Lets go of the oldest saved tiles that `live` does not name. */
  trim(live: ReadonlySet<TileId>, keep = keptForHistory): number {
    const spare = [...this.#surfaces.keys()].filter((id) => !live.has(id) && this.assetOf(id) !== undefined);
    const dropped = spare.slice(0, Math.max(0, spare.length - keep));
    for (const id of dropped) this.#surfaces.delete(id);
    return dropped.length;
  }

  get size(): number {
    return this.#surfaces.size;
  }
}
