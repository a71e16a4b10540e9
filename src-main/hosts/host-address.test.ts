import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { abandonedDoor, rememberAddress, runningAddress } from './host-address.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-address-'));
  file = join(folder, 'host.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const token = 'A'.repeat(43);
const address = `http://127.0.0.1:4321/${token}/`;
/** Of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '0']).pid;

test('a running host is found, and its door is not taken over', () => {
  writeFileSync(file, JSON.stringify({ address, pid: process.ppid }));
  expect([runningAddress(file), abandonedDoor(file)]).toEqual([address, null]);
});

test('the door of a host that was killed is taken over', () => {
  writeFileSync(file, JSON.stringify({ address, pid: deadPid() }));
  expect([runningAddress(file), abandonedDoor(file)]).toEqual([null, { port: 4321, token }]);
});

test('the address is kept for the owner only', async () => {
  await rememberAddress(file, address);
  // Windows has no such bits.
  expect(statSync(file).mode & 0o077).toBe(process.platform === 'win32' ? statSync(file).mode & 0o077 : 0);
});

test.each([
  ['nothing', ''],
  ['another shape', '[]'],
  ['another computer', JSON.stringify({ address: `http://example.org:4321/${token}/`, pid: 1 })],
  ['a short key', JSON.stringify({ address: 'http://127.0.0.1:4321/A/', pid: 1 })],
])('%s in the file counts as no host', (_name, text) => {
  writeFileSync(file, text);
  expect([runningAddress(file), abandonedDoor(file)]).toEqual([null, null]);
});
