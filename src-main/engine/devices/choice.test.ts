import { expect, it } from 'vitest';
import { fastest } from './choice.ts';

it('takes a GPU that is faster, and says how much', () => {
  expect(fastest(720, [{ ms: 100 }])).toEqual({ gpu: 0, reason: 'GPU: 7.2 times faster than the CPU in a one-second test.' });
  expect(fastest(1999, [{ ms: 20 }])).toEqual({ gpu: 0, reason: 'GPU: 100 times faster than the CPU in a one-second test.' });
});

it('takes the fastest of several GPUs', () => {
  expect(fastest(90, [{ ms: 60 }, { failure: 'It is broken.' }, { ms: 30 }])).toMatchObject({ gpu: 2 });
});

it('stays with a CPU that is as fast', () => {
  expect(fastest(100, [{ ms: 130 }])).toEqual({ gpu: undefined, reason: 'CPU: 1.3 times faster than the GPU in a one-second test.' });
  expect(fastest(100, [{ ms: 100 }]).gpu).toBeUndefined();
});

it('says why no GPU was compared', () => {
  expect(fastest(0, []).reason).toBe('CPU: no GPU was found.');
  expect(fastest(0, [{ failure: 'It computes convolution wrongly.' }]).reason).toBe(
    'CPU: the GPU cannot be used. It computes convolution wrongly.',
  );
});
