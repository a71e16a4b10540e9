import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { conv2d } from '../../../kernels/conv2d/op.ts';
import { slice } from '../../../kernels/slice/op.ts';
import type { NetworkPath } from '../../contract/filters.ts';
import { inspectModel } from '../jobs/inspect.ts';
import { readNetworkHeader } from './network-file.ts';
import { grey, writeNetwork } from './testing/write-network.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, `${name}.onnx`) as NetworkPath;

test('a network is listed with what it makes of a picture, its size and no family', async () => {
  const path = writeNetwork(file('depth'), [28, 56], (scope, x) => ({ depth: grey(scope, x) }));
  const normals = writeNetwork(file('normals'), [28, 56], (scope, x) => ({ y: conv2d(scope, x, { outChannels: 3, kernel: 1 }) }));
  const common = { kind: 'filter', usable: true, problems: [], family: null };
  expect(await inspectModel(path)).toMatchObject({ ...common, id: path, name: 'depth.onnx', network: 'depth', bytes: statSync(path).size });
  expect(await inspectModel(normals)).toMatchObject({ ...common, network: 'colours' });
});

test('sizes that the file leaves open are looked for by ONNX Runtime', async () => {
  const path = writeNetwork(file('lines'), [64, 64], (scope, x) => ({ lines: grey(scope, x) }));
  // The declared shape of the output is the last of the file: its tag becomes one that readers pass over.
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf(Buffer.from('lines'));
  const shape = bytes.indexOf(0x12, bytes.indexOf(0x08, at) + 1);
  bytes[shape] = 0x7a;
  writeFileSync(path, bytes);
  expect((await readNetworkHeader(path)).outputs).toEqual([{ name: 'lines', type: 'float32', shape: undefined }]);
  expect(await inspectModel(path)).toMatchObject({ kind: 'filter', network: 'lines' });
});

test('a network that is no filter and a file that is cut off are listed with the reason', async () => {
  const other = writeNetwork(file('two'), [8, 8], (scope, x) => ({ two: slice(scope, x, 1, 0, 2) }));
  expect(await inspectModel(other)).toMatchObject({
    kind: 'unknown',
    network: null,
    usable: false,
    problems: [expect.stringContaining('and the outputs two float32 [1, 2, 8, 8].') as unknown],
  });
  const cut = writeNetwork(file('cut'), [8, 8], (scope, x) => ({ lines: grey(scope, x) }));
  truncateSync(cut, 100);
  expect(await inspectModel(cut)).toMatchObject({ kind: 'unknown', usable: false, bytes: 100 });
});
