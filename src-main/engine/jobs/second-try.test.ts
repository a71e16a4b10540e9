import { expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import type { DeviceChoice, GeneratedPicture } from '../engine-service.ts';
import { drawWithSecondTry } from './second-try.ts';

const lost = new AppError('gpuLost', 'The graphics card stopped responding: reset.');
const full = new AppError('gpuOutOfMemory', 'The graphics card has no room for 900 MB of weights.');

/** Draws that fail with these errors, one after the other, and then succeed. */
async function draw(device: DeviceChoice, ...errors: readonly Error[]) {
  const drawn: string[] = [];
  const picture = await drawWithSecondTry({
    device,
    draw: (on, isLean) => {
      const error = errors[drawn.filter((each) => each !== 'release').length];
      drawn.push(isLean ? `${on}, lean` : on);
      return error ? Promise.reject(error) : Promise.resolve({ warnings: ['first'] } as unknown as GeneratedPicture);
    },
    release: () => Promise.resolve(void drawn.push('release')),
    hooks: { log: () => undefined },
  }).catch((error: unknown) => error);
  return { drawn, picture };
}

it('draws again, once, on a card that was lost', async () => {
  expect((await draw('gpu', lost)).drawn).toEqual(['gpu', 'release', 'gpu']);
  expect(await draw('auto', lost, lost)).toEqual({ drawn: ['auto', 'release', 'auto'], picture: lost });
});

it('draws with less memory on a card that turned out too small', async () => {
  expect((await draw('gpu', full)).drawn).toEqual(['gpu', 'release', 'gpu, lean']);
});

it('draws on the CPU where the card that was chosen for the user is too small for that, and says so', async () => {
  const { drawn, picture } = await draw('auto', full, full);
  expect(drawn).toEqual(['auto', 'release', 'auto, lean', 'release', 'cpu']);
  expect(picture).toMatchObject({ warnings: ['first', `${full.message} The picture was drawn on the CPU.`] });
});

it('tells the user who asked for the card that it is too small', async () => {
  expect(await draw('gpu', full, full)).toEqual({ drawn: ['gpu', 'release', 'gpu, lean'], picture: full });
});

it('leaves other errors alone', async () => {
  const other = new AppError('badInput', 'The input is wrong.');
  expect(await draw('auto', other)).toEqual({ drawn: ['auto'], picture: other });
});
