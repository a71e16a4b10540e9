import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where the studio keeps its data: STRATA_HOME, or the place that the platform has for it. */
export function dataFolderPath(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  if (env['STRATA_HOME']) return resolve(env['STRATA_HOME']);
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? env['APPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Strata');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Strata');
  // The XDG rules ignore relative paths.
  const dataHome = env['XDG_DATA_HOME'];
  return join(dataHome && isAbsolute(dataHome) ? dataHome : join(homedir(), '.local', 'share'), 'strata');
}

/** Endings of the files that are stored by id. */
export const storeExtensions = { pictures: '.png', assets: '.bin', thumbnails: '.webp' } as const;

/** Names inside the data folder. */
export function dataLayout(folder: string) {
  return {
    folder,
    database: join(folder, 'library.sqlite'),
    lock: join(folder, 'writer.lock'),
    /** Finished pictures, as PNG. */
    pictures: join(folder, 'pictures'),
    /** Inputs and pixels of layers. */
    assets: join(folder, 'assets'),
    /** Small copies of the pictures; a cache. */
    thumbnails: join(folder, 'thumbnails'),
    settings: join(folder, 'settings.json'),
    logs: join(folder, 'logs'),
    /** Address of the running browser host, readable by the owner only. */
    host: join(folder, 'host.json'),
  } as const;
}
export type DataLayout = ReturnType<typeof dataLayout>;
