import { readFileSync } from 'node:fs';
import { FuseV1Options } from '@electron/fuses';
import { expect, it } from 'vitest';
import { root } from './tool.ts';

/** electron-builder has no word for it; Electron's default stands. */
const unnamed = ['wasmTrapHandlers'];

it('states every fuse that Electron knows, so that a new one asks for a decision', () => {
  const known = Object.keys(FuseV1Options).filter((name) => !/^\d/.test(name));
  const inOurWords = known.map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
  const builder = readFileSync(`${root}/electron-builder.yml`, 'utf8');
  const [, block = ''] = /^electronFuses:\n((?: {2}\S.*\n)+)/m.exec(builder) ?? [];
  const stated = [...block.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name);
  expect(stated).toEqual(expect.arrayContaining(inOurWords.filter((name) => !unnamed.includes(name))));
});
