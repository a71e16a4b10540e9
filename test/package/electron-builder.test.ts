import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const lines = readFileSync(join(root, 'electron-builder.yml'), 'utf8').split('\n');

/** The indented lines after a top-level key. electron-builder itself checks the file against its schema whenever it packages. */
function section(key: string): string[] {
  const start = lines.indexOf(`${key}:`);
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line));
  return lines.slice(start + 1, end < 0 ? undefined : end).filter((line) => line.trim() !== '');
}

describe('electron-builder.yml', () => {
  test('states every fuse that Electron knows', () => {
    const stated = section('electronFuses').map((line) => line.trim().split(':')[0]!.toLowerCase());
    const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)));
    // electron-builder has no name for this one yet; its default is what we want.
    const expected = known.filter((name) => name !== 'WasmTrapHandlers').map((name) => name.toLowerCase());
    const missing = expected.filter((name) => !stated.includes(name));
    expect(missing).toEqual([]);
  });

  test('names only files that are there or are built', () => {
    const named = lines.flatMap((line) => /^\s*(?:- )?(?:from|entitlements|entitlementsInherit): (\S+)$/.exec(line)?.[1] ?? []);
    const built = new Set(['dist/engine']);
    expect(named.filter((path) => !built.has(path) && !existsSync(join(root, path)))).toEqual([]);
    expect(named).toContain('node_modules/node/bin');
  });

  test('names only packages that are installed', () => {
    const packages = section('extraResources')
      .flatMap((line) => /^\s+- '?((?:@[\w-]+\/)?[\w-]+)\//.exec(line)?.[1] ?? [])
      .filter((name) => !['weights', 'dist'].includes(name));
    expect(packages.length).toBeGreaterThan(5);
    expect(packages.filter((name) => !existsSync(join(root, 'node_modules', name)))).toEqual([]);
  });
});
