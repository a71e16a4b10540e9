import { expect, test } from 'vitest';
import { addLayers, createStack } from '../../../kernels/attention/stack/stack.ts';
import { floatTensor } from '../../../kernels/tensor.ts';
import { CaptureRecorder } from './capture.ts';

const shared = { kind: 'regional', strength: 1, isolate: false, range: [0, 1] } as const;
const stack = addLayers(createStack(), [
  { ...shared, id: 'prompt', rows: [1], start: 0, end: 2, hasMask: false },
  { ...shared, id: 'region 1', rows: [1], start: 2, end: 4, hasMask: true },
  { ...shared, id: 'negative prompt', rows: [0], start: 0, end: 4, hasMask: false },
  { kind: 'capture', id: 'capture' },
]);

test('maps show the share of each source, averaged over the levels', () => {
  const grids = [
    { height: 2, width: 2 },
    { height: 1, width: 1 },
  ];
  const recorder = new CaptureRecorder(stack, grids, 1);
  expect(recorder.sources.map(({ kind, index, name }) => `${kind} ${index} ${name}`)).toEqual([
    'negative 0 negative prompt',
    'prompt 0 prompt',
    'region 0 region 1',
  ]);
  // Groups: rest, negative prompt, prompt, region 1. Two attentions at the large grid, one at the small.
  const positive = [0, 0, 2, 0, 0, 0, 1, 1, 0, 0, 2, 0, 0, 0, 2, 0];
  const large = floatTensor([2, 4, 4], Float32Array.of(...[0, 1, 2, 3].flatMap(() => [0, 2, 0, 0]), ...positive));
  const small = floatTensor([2, 1, 4], Float32Array.of(0, 1, 0, 0, 0, 0, 0.5, 0.5));
  const maps = recorder.add(new Map([['capture.2x2', large], ['capture.1x1', small]]), 3); // prettier-ignore
  const share = (value: number) => Math.round((255 * value) / 3);
  expect([...maps.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  expect([...maps.subarray(4, 8)]).toEqual([share(2.5), share(1.5), share(2.5), share(2.5)]);
  expect([...maps.subarray(8)]).toEqual([share(0.5), share(1.5), share(0.5), share(0.5)]);
  expect(recorder.info).toMatchObject({ width: 2, height: 2, steps: [3] });
  expect(recorder.values).toEqual(maps);
});
