import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { UsageError } from './usage.ts';

/**
 * File names of `count` pictures for `-o`: a folder gets `strata-SEED.png` without overwriting anything; a file gets exactly its name,
 * with -1, -2 … for several. Checked before a long run, not after it.
 * @throws UsageError, AppError `cannotWrite`
 */
export function planTargets(output: string | undefined, seeds: readonly number[]): string[] {
  const target = output ?? '.';
  if (isFolder(target)) {
    checkFolder(resolve(target));
    const taken = new Set<string>();
    return seeds.map((seed) => freeName(resolve(target), `strata-${seed}`, taken));
  }
  const extension = extname(target);
  if (extension.toLowerCase() !== '.png') throw new UsageError(`-o must be a folder or a file that ends in .png; found "${target}".`);
  checkFolder(dirname(resolve(target)));
  const stem = join(dirname(resolve(target)), basename(target, extension));
  return seeds.length === 1 ? [resolve(target)] : seeds.map((_, index) => `${stem}-${index + 1}${extension}`);
}

function isFolder(target: string): boolean {
  return /[/\\]$/.test(target) || (statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function checkFolder(folder: string): void {
  if (!existsSync(folder))
    throw new AppError('cannotWrite', `The folder ${folder} must exist to save a picture in it; it does not.`, { file: folder });
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new AppError('cannotWrite', `The folder ${folder} must be writable to save a picture in it; it is not.`, { file: folder }, cause);
  }
}

function freeName(folder: string, stem: string, taken: Set<string>): string {
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? `${stem}.png` : `${stem}-${number}.png`);
    if (taken.has(path) || existsSync(path)) continue;
    taken.add(path);
    return path;
  }
}
