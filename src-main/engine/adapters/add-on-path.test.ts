import { expect, test } from 'vitest';
import { fakeIo, headerOf } from '../../../models/checkpoint/testing/fake-model.ts';
import { addOnPath } from './add-on-path.ts';

const io = fakeIo({
  'home/weights/base/unet/model.safetensors': headerOf([]),
  'home/weights/controlnet-lines/model.safetensors': headerOf([]),
  'home/weights/ip-adapter/ip-adapter.safetensors': headerOf([]),
  'elsewhere/net.safetensors': headerOf([]),
});
const modelPath = 'home/weights/base';

test('a path that is there is taken as it is', async () => {
  expect(await addOnPath({ kind: 'controlnet', name: 'elsewhere/net.safetensors', modelPath }, io)).toBe('elsewhere/net.safetensors');
});

test('a name stands for the companion in the folder of the model or beside it', async () => {
  expect(await addOnPath({ kind: 'controlnet', name: 'lines', modelPath }, io)).toBe('home/weights/controlnet-lines');
  expect(await addOnPath({ kind: 'controlnet', name: 'lines', modelPath: 'home/weights/' }, io)).toBe('home/weights/controlnet-lines');
});

test('a reference without a name takes the only IP-Adapter there is', async () => {
  expect(await addOnPath({ kind: 'ip-adapter', name: undefined, modelPath }, io)).toBe('home/weights/ip-adapter');
});

test('what is not there is refused with every place that was looked at', async () => {
  await expect(addOnPath({ kind: 't2i-adapter', name: 'blobs', modelPath }, io)).rejects.toMatchObject({
    code: 'addOnMissing',
    message: expect.stringContaining(
      'home/weights/base/t2i-adapter-blobs, home/weights/base/t2i-adapter/blobs, home/weights/t2i-adapter-blobs',
    ) as string,
  });
});
