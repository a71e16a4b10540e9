import { app } from 'electron';
import { join } from 'node:path';

/** Where the parts of the app lie: in the repository while it is developed, beside the archive once packaged. */
export interface Places {
  /** The page. */
  readonly renderer: string;
  readonly preload: string;
  /** Node program that runs the studio and the engine; Electron's own cannot (docs/decisions). */
  readonly node: string;
  readonly studioEntry: string;
  /** Further variables for the studio. */
  readonly env: Readonly<Record<string, string>>;
}

export function findPlaces(): Places {
  const preload = join(__dirname, 'preload.cjs');
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  if (!app.isPackaged) {
    const root = app.getAppPath();
    return {
      renderer: join(root, 'dist', 'renderer'),
      preload,
      node: join(root, 'node_modules', 'node', 'bin', program),
      studioEntry: join(root, 'src-main', 'hosts', 'app-host.ts'),
      env: {},
    };
  }
  const unpacked = process.resourcesPath;
  return {
    renderer: join(app.getAppPath(), 'dist', 'renderer'),
    preload,
    node: join(unpacked, 'node', program),
    studioEntry: join(unpacked, 'engine', 'hosts', 'app-host.mjs'),
    env: { STRATA_STARTER: process.env['STRATA_STARTER'] ?? join(unpacked, 'starter', 'weights') },
  };
}
