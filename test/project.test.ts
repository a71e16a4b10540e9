import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './tool.ts';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'));
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, LockedPackage>> };
const installed = Object.entries(packages).filter(([path]) => path !== '');

it('locks every package by version and checksum, without an address', () => {
  const faulty = installed.filter(([, { version, integrity, resolved }]) => !version || !integrity || resolved !== undefined);
  expect(faulty.map(([path]) => path)).toEqual([]);
});

it('locks the packages of every platform, not only of the one it was made on', () => {
  const missing = installed.flatMap(([path, { optionalDependencies = {} }]) => {
    const places = [`${path}/node_modules/`, `${path.slice(0, path.lastIndexOf('node_modules/'))}node_modules/`, 'node_modules/'];
    return Object.keys(optionalDependencies).filter((name) => !places.some((place) => `${place}${name}` in packages));
  });
  expect(missing).toEqual([]);
});

it('asks for exact versions', () => {
  const { dependencies, devDependencies } = read('package.json') as Manifest;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  expect(loose).toEqual([]);
});
