import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the system wants files that may be lost: what was found out about the graphics card is found out again. */
export function cacheFolder(): string {
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'strata');
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'strata', 'cache');
  return join(process.env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'strata');
}
