import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { add, multiply } from '../../../kernels/binary/op.ts';
import { conv2d } from '../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { image, plain, type Value } from '../../../kernels/graph/graph.ts';
import { linear } from '../../../kernels/linear/op.ts';
import { lowerToOnnx } from '../../../kernels/onnx/lower.ts';
import { reshape } from '../../../kernels/reshape/op.ts';
import { slice } from '../../../kernels/slice/op.ts';
import type { NetworkPath } from '../../contract/filters.ts';
import { filterPicture } from '../jobs/filter.ts';
import { grey, writeNetwork as writeNetworkFile } from './testing/write-network.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-networks-'));
const [width, height] = [40, 20];
/** Bright on the right. */
const picture = join(folder, 'picture.png');

beforeAll(async () => {
  const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => (Math.floor(i / 3) % width < width / 2 ? 30 : 220));
  await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(picture);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writeNetwork = (name: string, size: readonly [number, number], build: Parameters<typeof writeNetworkFile>[2]) =>
  writeNetworkFile(join(folder, `${name}.onnx`) as NetworkPath, size, build);

/** Values that do not depend on the picture. */
function fixed(scope: Scope, x: Value, shape: readonly number[], data: Float32Array): Value {
  const pixel = reshape(scope, slice(scope, slice(scope, slice(scope, x, 1, 0, 1), 2, 0, 1), 3, 0, 1), [1, 1], 'plain');
  const nothing = multiply(scope, linear(scope, pixel, 1, { bias: false }), scope.graph.constant('zero', plain(1, 1), Float32Array.of(0)));
  const size = scope.graph.constant(`${scope.path}.values`, plain(1, data.length), data);
  return reshape(scope, add(scope, size, nothing), shape, 'plain');
}

async function filtered(filter: NetworkPath, source = picture) {
  return filterPicture({ filter, values: {}, picture: 'picture', assets: { picture: source } });
}

/** Red, green and blue at a place. */
const at = ({ data }: { data: Uint8Array }, x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

describe('A network of the user as a filter', () => {
  test('of depth gives black for the farthest and white for the nearest, at the size of the picture', async () => {
    const depth = writeNetwork('depth-anything', [28, 56], (scope, x) => ({ depth: reshape(scope, grey(scope, x), [1, 28, 56], 'plain') }));
    const result = await filtered(depth);
    expect(result).toMatchObject({ width, height });
    // Enlarging the picture for the network goes a little beyond its black and white beside the edge.
    expect(at(result, 2, 10)[0]).toBeLessThan(10);
    expect(at(result, 37, 10)[0]).toBeGreaterThan(245);
    expect([Math.min(...result.data), Math.max(...result.data)]).toEqual([0, 255]);
  });

  test('of lines gives values from 0 to 1 as they are, and turns paper into white lines on black', async () => {
    const lines = writeNetwork('lineart', [64, 64], (scope, x) => ({ lines: grey(scope, x) }));
    const result = await filtered(lines);
    expect([at(result, 2, 10)[0], at(result, 37, 10)[0]]).toEqual([30, 220]);
    const bright = join(folder, 'bright.png');
    await sharp({ create: { width, height, channels: 3, background: '#f0f0f0' } })
      .png()
      .toFile(bright);
    expect(at(await filtered(lines, bright), 5, 5)[0]).toBe(15);
  });

  test('of edges at several scales gives their mean through a sigmoid', async () => {
    const hed = writeNetwork('hed', [64, 64], (scope, x) => ({
      fine: multiply(scope, grey(scope, x), scope.graph.constant('scale', image(1, 1, 1, 1), Float32Array.of(-1))),
      coarse: grey(scope.at('second'), x),
    }));
    expect(at(await filtered(hed), 20, 10)).toEqual([128, 128, 128]);
  });

  test('of colours gives a picture', async () => {
    const normals = writeNetwork('normals', [64, 64], (scope, x) => ({ normals: conv2d(scope, x, { outChannels: 3, kernel: 1 }) }));
    expect(at(await filtered(normals), 2, 10)).toEqual([30, 30, 30]);
  });

  test('of poses draws the limbs between the points of the whole picture, or of the people that a detector finds', async () => {
    const scores = (size: number, place: (point: number) => number) => {
      const values = new Float32Array(17 * size);
      for (let point = 0; point < 17; point++) values[point * size + place(point)] = 0.9;
      return values;
    };
    // All points in the middle across; the nose in the middle, the left shoulder three quarters down.
    const [h, w] = [64, 48];
    const pose = writeNetwork('dw-pose', [h, w], (scope, x) => ({
      across: fixed(
        scope.at('x'),
        x,
        [1, 17, 2 * w],
        scores(2 * w, () => w),
      ),
      down: fixed(
        scope.at('y'),
        x,
        [1, 17, 2 * h],
        scores(2 * h, (point) => (point === 5 ? (2 * h * 3) / 4 : h)),
      ),
    }));
    const alone = await filtered(pose);
    expect(at(alone, 20, 10)).not.toEqual([0, 0, 0]);
    expect(at(alone, 2, 2)).toEqual([0, 0, 0]);
    // One person in the right third: cell 0 of the finest grid, centre (33, 10), 8 wide.
    const cells = 80 * 80 + 40 * 40 + 20 * 20;
    const boxes = new Float32Array(85 * cells);
    const ratio = 640 / width;
    boxes.set([(33 * ratio) / 8, (10 * ratio) / 8, Math.log((8 * ratio) / 8), Math.log((10 * ratio) / 8), 1, 1]);
    writeNetwork('yolox', [640, 640], (scope, x) => ({ boxes: fixed(scope, x, [1, cells, 85], boxes) }));
    const found = await filtered(pose);
    expect(at(found, 33, 10)).not.toEqual([0, 0, 0]);
    expect(at(found, 20, 10)).toEqual([0, 0, 0]);
    rmSync(join(folder, 'yolox.onnx'));
  });
});

describe('A network is refused by name', () => {
  test('with its inputs and outputs where it is no filter', async () => {
    const other = writeNetwork('other', [64, 64], (scope, x) => ({ text: fixed(scope, x, [1, 77, 768, 1], new Float32Array(77 * 768)) }));
    await expect(filtered(other)).rejects.toMatchObject({
      code: 'unknownNetwork',
      message: expect.stringContaining('pixels float32 [1, 3, 64, 64] and the outputs text float32 [1, 77, 768, 1]') as unknown,
    });
  });

  test('where it is cut off, is no ONNX file, or is not there', async () => {
    const cut = writeNetwork('cut', [64, 64], (scope, x) => ({ lines: grey(scope, x) }));
    truncateSync(cut, 200);
    await expect(filtered(cut)).rejects.toMatchObject({ code: 'badOnnx', message: expect.stringContaining(cut) as unknown });
    const text = join(folder, 'text.onnx') as NetworkPath;
    writeFileSync(text, 'not a network');
    await expect(filtered(text)).rejects.toMatchObject({ code: 'badOnnx', message: expect.stringContaining(text) as unknown });
    const gone = join(folder, 'gone.onnx') as NetworkPath;
    await expect(filtered(gone)).rejects.toMatchObject({ code: 'fileMissing', message: expect.stringContaining(gone) as unknown });
  });

  test('where it would read weights from outside of its folder', async () => {
    const builder = new GraphBuilder();
    const out = grey(new Scope(builder, 'net'), builder.input('pixels', image(1, 3, 8, 8)));
    const weight = () => ({ kind: 'file' as const, location: '../secret.bin', offset: 0, bytes: 12, dtype: 'F32' as const });
    const path = join(folder, 'outside.onnx') as NetworkPath;
    writeFileSync(path, lowerToOnnx(builder.build({ out }), { weight }));
    await expect(filtered(path)).rejects.toMatchObject({
      code: 'badOnnx',
      message: expect.stringContaining('in "../secret.bin", which is not a file of the model\'s folder') as unknown,
    });
  });

  test('where it gives values that are not numbers', async () => {
    mkdirSync(join(folder, 'broken'));
    const broken = writeNetwork('broken/lines', [64, 64], (scope, x) => ({
      lines: multiply(scope, grey(scope, x), scope.graph.constant('nan', image(1, 1, 1, 1), Float32Array.of(NaN))),
    }));
    await expect(filtered(broken)).rejects.toMatchObject({ code: 'nonFinite', message: expect.stringContaining(broken) as unknown });
  });

  test('with parameters, which it does not have', async () => {
    const request = { filter: 'any.onnx', values: { sigma: 1 }, picture: 'picture', assets: { picture } } as const;
    await expect(filterPicture(request)).rejects.toMatchObject({ code: 'filterParameter' });
  });
});
