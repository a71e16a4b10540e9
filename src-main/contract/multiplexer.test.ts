import { expect, test } from 'vitest';
import type { Channel } from './channel.ts';
import { memoryChannelPair } from './memory-channel.ts';
import { Multiplexer } from './multiplexer.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve));

test('connections over one channel do not hear each other', async () => {
  const [near, far] = memoryChannelPair();
  const heard: [number, unknown][] = [];
  const accepted: Channel[] = [];
  new Multiplexer(far, (channel) => {
    const number = accepted.push(channel);
    channel.onMessage((message) => heard.push([number, message]));
  });
  const pages = new Multiplexer(near);
  const first = pages.open();
  const second = pages.open();
  const answers: unknown[] = [];
  second.onMessage((message) => answers.push(message));
  first.send({ a: 1 });
  second.send({ b: 2 });
  await turn();
  expect(heard).toEqual([
    [1, { a: 1 }],
    [2, { b: 2 }],
  ]);
  accepted[0]!.send({ to: 'first' });
  accepted[1]!.send({ to: 'second' });
  await turn();
  expect(answers).toEqual([{ to: 'second' }]);
});

test('a closed connection ends on the other side, and a late message does not open it again', async () => {
  const [near, far] = memoryChannelPair();
  const accepted: Channel[] = [];
  const ends: number[] = [];
  new Multiplexer(far, (channel) => {
    const number = accepted.push(channel);
    channel.onClose(() => ends.push(number));
  });
  const page = new Multiplexer(near).open();
  page.send({ a: 1 });
  page.close();
  page.send({ late: true });
  near.send({ connection: 1, message: { forged: true } });
  await turn();
  expect(ends).toEqual([1]);
  expect(accepted.length).toBe(1);
});

test('what is no envelope is dropped, and the end of the channel ends every connection', async () => {
  const [near, far] = memoryChannelPair();
  const accepted: Channel[] = [];
  const ends: (string | null)[] = [];
  new Multiplexer(far, (channel) => {
    accepted.push(channel);
    channel.onClose((reason) => ends.push(reason?.code ?? null));
  });
  near.send({ connection: -1, message: 1 });
  near.send({ connection: 'x' });
  near.send({ connection: 1, message: 'good' });
  await turn();
  near.close();
  await turn();
  expect(accepted.length).toBe(1);
  expect(ends).toEqual([null]);
});
