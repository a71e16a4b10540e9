import { expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import type { Backend } from '../backends/backend.ts';
import type { ManagedBackend } from '../backends/webgpu/managed.ts';
import { recordsInMemory } from '../cache/record-file.ts';
import { Devices, type DeviceParts, type GpuCandidate, type StoredChoice } from './devices.ts';

const hooks = { log: () => undefined, progress: () => undefined, checkpoint: () => Promise.resolve() };

function backend(name: 'onnx' | 'webgpu', device: string): Backend {
  return { name, device, version: '1', compile: () => Promise.reject(new Error('nothing is computed here')) };
}

interface FakeGpu {
  readonly key: string;
  readonly isSoftware?: boolean;
  /** Milliseconds of a pass, or what opening it throws. */
  readonly gives: number | Error;
}

/** A computer made of numbers, which counts what is asked of it. */
class Computer {
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly timed: string[] = [];
  readonly choices = recordsInMemory<StoredChoice>();
  readonly attempts = recordsInMemory<number>();
  gpus: readonly FakeGpu[];
  cpuMs = 100;

  constructor(...gpus: readonly FakeGpu[]) {
    this.gpus = gpus;
  }

  start(changes: Partial<DeviceParts> = {}): Devices {
    return new Devices({
      cpu: backend('onnx', 'CPU'),
      findGpus: () => Promise.resolve(this.gpus.map((gpu) => this.#candidate(gpu))),
      time: ({ device }) => {
        this.timed.push(device);
        const found = this.gpus.find(({ key }) => key === device)?.gives;
        return Promise.resolve(typeof found === 'number' ? found : this.cpuMs);
      },
      choices: this.choices,
      attempts: this.attempts,
      ...changes,
    });
  }

  #candidate({ key, isSoftware = false, gives }: FakeGpu): GpuCandidate {
    return {
      key,
      isSoftware,
      open: () => {
        this.opened.push(key);
        if (typeof gives !== 'number') return Promise.reject(gives);
        const card = { ...backend('webgpu', key), close: () => void this.closed.push(key) };
        return Promise.resolve(card as unknown as ManagedBackend);
      },
    };
  }
}

const wrong = new AppError('gpuUnreliable', 'The graphics card computes convolution wrongly and is not used.');
const choose = async (devices: Devices) => {
  const { backend: chosen, reason } = await devices.open('auto', hooks);
  return { device: chosen.device, reason };
};

it('draws on a GPU that is faster, and measures it once', async () => {
  const computer = new Computer({ key: 'card', gives: 20 });
  const devices = computer.start();
  expect(await choose(devices)).toEqual({ device: 'card', reason: 'GPU: 5.0 times faster than the CPU in a one-second test.' });
  expect(await choose(devices)).toMatchObject({ device: 'card' });
  expect(computer.timed).toEqual(['card', 'CPU']);
});

it('remembers the choice for the next start, and measures again when the driver is another', async () => {
  const computer = new Computer({ key: 'card, driver 1', gives: 20 });
  await choose(computer.start());
  computer.timed.length = 0;
  const later = computer.start();
  expect(await choose(later)).toMatchObject({ device: 'card, driver 1', reason: expect.stringContaining('5.0 times') as string });
  expect(computer.timed).toEqual([]);
  computer.gpus = [{ key: 'card, driver 2', gives: 200 }];
  expect(await choose(computer.start())).toMatchObject({ device: 'CPU' });
  expect(computer.timed).toEqual(['card, driver 2', 'CPU']);
});

it('never chooses a software GPU, and does not even open it', async () => {
  const computer = new Computer({ key: 'swiftshader', isSoftware: true, gives: 1 });
  expect(await choose(computer.start())).toEqual({ device: 'CPU', reason: 'CPU: the only GPU is a software one.' });
  expect(computer.opened).toEqual([]);
  expect((await computer.start().open('gpu', hooks)).backend.device).toBe('swiftshader');
});

it('takes the faster of two GPUs and closes the other', async () => {
  const computer = new Computer({ key: 'slow', gives: 50 }, { key: 'fast', gives: 10 });
  expect(await choose(computer.start())).toMatchObject({ device: 'fast' });
  expect(computer.closed).toEqual(['slow']);
});

it('stays with the CPU where the GPU fails its self-test, and says so', async () => {
  const computer = new Computer({ key: 'card', gives: wrong });
  const reason = `CPU: the GPU cannot be used. ${wrong.message}`;
  expect(await choose(computer.start())).toEqual({ device: 'CPU', reason });
  expect(computer.timed).toEqual([]);
  computer.opened.length = 0;
  expect(await choose(computer.start())).toEqual({ device: 'CPU', reason });
  expect(computer.opened).toEqual([]);
});

it('gives a GPU that was only busy another chance at the next start', async () => {
  const computer = new Computer({ key: 'card', gives: new AppError('gpuFailed', 'The graphics card could not be opened.') });
  expect(await choose(computer.start())).toMatchObject({ device: 'CPU' });
  computer.gpus = [{ key: 'card', gives: 20 }];
  expect(await choose(computer.start())).toMatchObject({ device: 'card' });
});

it('leaves a GPU alone whose driver ended the engine twice', async () => {
  const computer = new Computer({ key: 'card', gives: 20 });
  await computer.attempts.write('card', 2);
  expect(await choose(computer.start())).toMatchObject({ device: 'CPU' });
  expect(computer.opened).toEqual([]);
  await computer.attempts.write('card', 0);
  await computer.attempts.write('adapters', 2);
  expect(await choose(computer.start())).toEqual({ device: 'CPU', reason: 'CPU: no GPU was found.' });
});

it('counts a test that ends well as none', async () => {
  const computer = new Computer({ key: 'card', gives: 20 });
  await choose(computer.start());
  expect([await computer.attempts.read('card'), await computer.attempts.read('adapters')]).toEqual([0, 0]);
});

it('draws on the CPU where WebGPU does not load', async () => {
  const devices = new Computer().start({ findGpus: () => Promise.reject(new Error('libvulkan.so.1 is missing')) });
  expect(await choose(devices)).toEqual({ device: 'CPU', reason: 'CPU: no GPU was found.' });
  await expect(devices.open('gpu', hooks)).rejects.toMatchObject({ code: 'deviceMissing' });
});

it('says what it will draw on without opening anything', async () => {
  const computer = new Computer({ key: 'card', gives: 20 });
  const devices = computer.start();
  expect(await devices.expected('auto')).toEqual({
    device: 'Automatic',
    reason: 'The faster one is found out before the first picture.',
  });
  await choose(devices);
  expect(await computer.start().expected('auto')).toEqual(await devices.expected('auto'));
  expect(await devices.expected('cpu')).toEqual({ device: 'CPU', reason: 'CPU: chosen in the settings.' });
  expect(computer.opened).toEqual(['card']);
});
