import { expect, it } from 'vitest';
import { nodeFlops } from '../backends/webgpu/roofline.ts';
import type { Backend } from '../backends/backend.ts';
import { speedGraph, timeBackend, usualSize } from './speed-test.ts';

const tiny = { channels: 8, side: 2, features: 8, rows: 2, heads: 2 };

/** A back end whose runs take so many milliseconds one after the other. */
function clocked(...runs: readonly number[]) {
  let now = 0;
  let calls = 0;
  let isOpen = true;
  const backend: Backend = {
    name: 'onnx',
    device: '',
    version: '',
    compile: (graph) =>
      Promise.resolve({
        run: (inputs) => {
          expect([...inputs.keys()].toSorted()).toEqual(graph.inputs.map(({ name }) => name).toSorted());
          now += runs[calls++] ?? 400;
          return Promise.resolve(new Map());
        },
        dispose: () => Promise.resolve(void (isOpen = false)),
      }),
  };
  return { backend, now: () => now, calls: () => calls, isOpen: () => isOpen };
}

it('takes the fastest pass, without the first', async () => {
  const clock = clocked(5, 300, 200, 250, 260);
  expect(await timeBackend(clock.backend, { size: tiny, now: clock.now })).toBe(200);
  expect(clock.isOpen()).toBe(false);
});

it('stops after a second, and after two passes on a slow device', async () => {
  const quick = clocked(...new Array<number>(9).fill(250));
  await timeBackend(quick.backend, { size: tiny, now: quick.now });
  expect(quick.calls()).toBe(5);
  const slow = clocked(3000, 3000, 3000);
  await timeBackend(slow.backend, { size: tiny, now: slow.now });
  expect(slow.calls()).toBe(3);
});

it('is about thirty GFLOP', () => {
  const gigaflops = speedGraph(usualSize).nodes.reduce((sum, node) => sum + nodeFlops(node), 0) / 1e9;
  expect(gigaflops).toBeGreaterThan(30);
  expect(gigaflops).toBeLessThan(40);
});
