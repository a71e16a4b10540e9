import { readdirSync } from 'node:fs';
import { root } from './tool.ts';

const folders = ['kernels', 'models', 'src-main', 'src-renderer', 'test'];
const foreign = /^(models\/starter\/train|test\/layers\/fixtures|test\/golden\/copy)\//;

/** Our own files, as sorted paths with `/` from the repository's top folder. Trainer, fixtures and stored data are left out. */
export function sourceFiles(extensions: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const folder of folders) {
    for (const entry of readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })) {
      const path = `${folder}/${entry.replaceAll('\\', '/')}`;
      if (extensions.some((extension) => path.endsWith(extension)) && !foreign.test(path)) found.push(path);
    }
  }
  return found.sort();
}
