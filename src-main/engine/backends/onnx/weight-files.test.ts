import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { plain } from '../../../../kernels/graph/graph.ts';
import { linear } from '../../../../kernels/linear/op.ts';
import { floatTensor } from '../../../../kernels/tensor.ts';
import { weightStore } from '../../weights.ts';
import { onnxBackend } from './onnx.ts';
import { commonFolder, placeWeights } from './weight-files.ts';

const builder = new GraphBuilder();
const scope = new Scope(builder);
const first = linear(scope.at('a'), builder.input('x', plain(1, 2)), 2, { bias: false });
const graph = builder.build({ y: linear(scope.at('b'), first, 2, { bias: false }) });

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'strata-files-'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** A file with the matrix [[f, 0], [0, f]] in a folder of its own. */
async function matrixFile(factor: number) {
  const file = join(await mkdtemp(join(root, 'model-')), 'weights.bin');
  await writeFile(file, Float32Array.of(factor, 0, 0, factor));
  return { file, dtype: 'F32', shape: [2, 2], offset: 0, bytes: 16 };
}

describe('weights of files in different folders', () => {
  test('are mapped from the folder that holds them all', async () => {
    const store = weightStore(new Map([['a.weight', await matrixFile(2)], ['b.weight', await matrixFile(3)]])); // prettier-ignore
    const placed = await placeWeights(graph, store);
    expect([...placed.sources.values()].map(({ kind }) => kind)).toEqual(['file', 'file']);
    const executable = await onnxBackend({ threads: 1 }).compile(graph, store);
    const { data } = (await executable.run(new Map([['x', floatTensor([1, 2], Float32Array.of(1, -2))]]))).get('y')!;
    expect([...data]).toEqual([6, -12]);
    await executable.dispose();
  });

  test('that are computed and too large for a model lie in a file until they are removed', async () => {
    const values = Float32Array.of(2, 0, 0, 2);
    const store = weightStore(new Map([['b.weight', await matrixFile(3)]]), new Map([['a.weight', values]]));
    const placed = await placeWeights(graph, store, 8);
    const [computed] = [...placed.sources.values()];
    expect(computed).toMatchObject({ kind: 'file', dtype: 'F32', offset: 0, bytes: 16 });
    const path = join(placed.folder!, computed!.kind === 'file' ? computed!.location : '');
    expect(existsSync(path)).toBe(true);
    await placed.remove();
    expect(existsSync(dirname(path))).toBe(false);
  });
});

test.each([
  [['/a/b', '/a/c/d'], '/a'],
  [['/a/b', '/a/b/c'], '/a/b'],
  [['/a', '/b'], '/'],
  [['/a/..b', '/a/..b/c'], '/a/..b'],
  [[], undefined],
])('the folder that holds %j is %j', (folders, expected) => {
  if (process.platform === 'win32') expect(commonFolder(folders)?.replaceAll('\\', '/')).toEqual(expected);
  else expect(commonFolder(folders)).toBe(expected);
});
