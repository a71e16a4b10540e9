import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/**
 * Unpacks the software Vulkan driver that `@sparticuz/chromium` carries and gives the environment in which a new process finds
 * it. The dynamic loader reads LD_LIBRARY_PATH only when a process starts, so whoever needs the driver must run in a child.
 * @throws Error on a platform the package has no driver for: a test that needs an adapter fails there, it is not skipped.
 */
export function swiftshaderEnvironment(): Record<string, string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`expected linux x64 for the software adapter, got ${process.platform} ${process.arch}`);
  }
  const folder = unpack();
  return {
    LD_LIBRARY_PATH: [folder, process.env['LD_LIBRARY_PATH']].filter((part) => part).join(':'),
    VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'),
    XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? folder,
  };
}

function unpack(): string {
  const require = createRequire(import.meta.url);
  const packageFolder = join(dirname(require.resolve('@sparticuz/chromium')), '..', '..');
  const root = findUpward(packageFolder, 'bin/swiftshader.tar.br');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'strata', 'swiftshader');
  const target = join(cache, version);
  if (existsSync(join(target, 'vk_swiftshader_icd.json'))) return target;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'unpack-'));
  const archive = join(fresh, 'swiftshader.tar');
  writeFileSync(archive, brotliDecompressSync(readFileSync(join(root, 'bin/swiftshader.tar.br'))));
  execFileSync('tar', ['-xf', archive, '-C', fresh]);
  rmSync(archive);
  try {
    renameSync(fresh, target);
  } catch (error) {
    // Another test process was faster; its copy is the same.
    if (!existsSync(target)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return target;
}

function findUpward(start: string, file: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [folder, join(folder, 'node_modules/@sparticuz/chromium')])
      if (existsSync(join(candidate, file))) return candidate;
    if (folder === dirname(folder)) throw new Error(`expected ${file} in @sparticuz/chromium, got nothing above ${start}`);
  }
}
