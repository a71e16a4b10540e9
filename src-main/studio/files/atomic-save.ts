import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { errorCode, type FileSystem } from './file-system.ts';

const temporaryName = /^\.strata-(\d+)-[0-9a-f]{12}\.tmp$/;

/**
 * Writes a file so that its name shows either the old content or the whole new one, whatever happens: a temporary file in the same
 * folder, fsync, rename, fsync of the folder.
 * @throws AppError `diskFull`, `cannotWrite`
 */
export async function saveAtomically(files: FileSystem, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.strata-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await files.writeNewFile(temporary, parts);
    await files.rename(temporary, path);
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw writeError(error, path);
  }
  try {
    await files.syncFolder(folder);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Removes what interrupted saves of processes that no longer run have left in a folder. */
export async function sweepTemporaryFiles(files: FileSystem, folder: string): Promise<number> {
  let removed = 0;
  for (const name of await files.list(folder)) {
    const owner = temporaryName.exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    await files.remove(join(folder, name)).catch(() => undefined);
    removed++;
  }
  return removed;
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // A process sweeps before it saves: such a file is from an earlier life of the same number.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A failed write as a sentence. */
export function writeError(error: unknown, path: string): AppError {
  const code = errorCode(error);
  const details = { file: path, cause: code };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('diskFull', `There must be room on the disk for ${basename(path)}; it is full. Nothing was saved.`, details, error);
  }
  const reason =
    code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
      ? 'writing there is not permitted'
      : error instanceof Error
        ? error.message
        : String(error);
  return new AppError('cannotWrite', `The file ${path} could not be saved: ${reason}.`, details, error);
}
