import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** File that the engine's process runs: beside this program, TypeScript in the repository and JavaScript once built. */
export function engineEntry(): string {
  return fileURLToPath(new URL(`../engine/main${extname(import.meta.url)}`, import.meta.url));
}
