import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { assetIdSchema, type AssetId } from '../../contract/protocol.ts';
import { saveAtomically, sweepTemporaryFiles, writeError } from './atomic-save.ts';
import { errorCode, type FileSystem } from './file-system.ts';

/** Whether a text has the form of an asset's id; file names never lie outside of the store then. */
export function isAssetId(text: string): boolean {
  return assetIdSchema.safeParse(text).success;
}

/**
 * Files named by the SHA-256 of their bytes, in folders by the first two digits. Equal bytes are stored once, a stored file never
 * changes, and two processes may write the same one.
 */
export class AssetStore {
  readonly folder: string;
  readonly #files: FileSystem;
  readonly #extension: string;

  /** @param extension with its dot, such as '.png'; the id does not contain it */
  constructor(files: FileSystem, folder: string, extension: string) {
    this.#files = files;
    this.folder = folder;
    this.#extension = extension;
  }

  /** Stores bytes and returns their id; the file is on stable storage then. */
  async put(parts: readonly Uint8Array[]): Promise<AssetId> {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const id = hash.digest('hex');
    const path = this.path(id);
    if (await this.#files.stat(path)) return id;
    const shard = join(this.folder, id.slice(0, 2));
    try {
      await this.#files.makeFolder(shard);
    } catch (error) {
      throw writeError(error, path);
    }
    await saveAtomically(this.#files, path, parts);
    return id;
  }

  /** Where an asset lies, whether or not it is there. @throws AppError `assetMissing` for what is no id at all */
  path(id: AssetId): string {
    if (!isAssetId(id)) throw missing(id);
    return join(this.folder, id.slice(0, 2), id + this.#extension);
  }

  /** @throws AppError `assetMissing` */
  async read(id: AssetId): Promise<Uint8Array> {
    try {
      return await this.#files.readFile(this.path(id));
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? missing(id) : error;
    }
  }

  async has(id: AssetId): Promise<boolean> {
    return isAssetId(id) && (await this.#files.stat(this.path(id))) !== null;
  }

  async remove(id: AssetId): Promise<void> {
    try {
      await this.#files.remove(this.path(id));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  /** Ids of all stored files, with the time of their last change in milliseconds since 1970. Removes what interrupted saves left. */
  async sweep(): Promise<Map<AssetId, number>> {
    const found = new Map<AssetId, number>();
    for (const shard of await this.#files.list(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      const folder = join(this.folder, shard);
      await sweepTemporaryFiles(this.#files, folder);
      for (const name of await this.#files.list(folder)) {
        const id = name.slice(0, name.length - this.#extension.length);
        if (!isAssetId(id) || id + this.#extension !== name) continue;
        found.set(id, (await this.#files.stat(join(folder, name)))?.modifiedAt ?? 0);
      }
    }
    return found;
  }
}

function missing(id: string): AppError {
  return new AppError('assetMissing', `The file ${id.slice(0, 80)} is not in the studio's folder.`, { asset: id.slice(0, 200) });
}
