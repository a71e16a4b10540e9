import { describe, expect, test } from 'vitest';
import type { Channel } from './channel.ts';
import { memoryChannelPair } from './memory-channel.ts';
import { protocolVersion } from './protocol.ts';
import { StudioClient } from './studio-client.ts';
import type { StudioMethod } from './studio-methods.ts';

interface Request {
  readonly id: number;
  readonly method: StudioMethod;
  readonly params: unknown;
}

/** The studio's end of a channel: hears requests and answers by hand. */
function studioSide(channel: Channel) {
  const requests: Request[] = [];
  channel.onMessage((message) => {
    if ((message as { type: string }).type === 'request') requests.push(message as Request);
  });
  channel.send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: '0' });
  return { requests, answer: (id: number, value: object) => channel.send({ type: 'result', id, value }), drop: () => channel.close() };
}

function connect() {
  const [near, far] = memoryChannelPair();
  return { near, studio: studioSide(far) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
const boards = { boards: [] };

describe('a client that waits for another channel', () => {
  const persistent = () => {
    const { near, studio } = connect();
    return { client: new StudioClient(near, { role: 'test', version: '0', isPersistent: true }), studio };
  };

  test('asks again what was not answered, once, and nothing that was', async () => {
    const { client, studio } = persistent();
    const answered = client.call('boards.list', {});
    const open = client.call('gallery.star', { pictures: [1], isStarred: true });
    await turn();
    studio.answer(1, boards);
    expect(await answered).toEqual(boards);
    studio.drop();
    await turn();
    const second = connect();
    client.attach(second.near);
    await turn();
    expect(second.studio.requests.map(({ method }) => method)).toEqual(['gallery.star']);
    second.studio.answer(second.studio.requests[0]?.id ?? 0, {});
    expect(await open).toEqual({});
  });

  test('keeps what is asked while there is no channel', async () => {
    const { client, studio } = persistent();
    await turn();
    studio.drop();
    await turn();
    const asked = client.call('boards.list', {});
    const second = connect();
    client.attach(second.near);
    await turn();
    second.studio.answer(second.studio.requests[0]?.id ?? 0, boards);
    expect(await asked).toEqual(boards);
  });

  test('gives up what must not be done twice, but not jobs that carry a key', async () => {
    const { client, studio } = persistent();
    const created = client.call('boards.create', { name: 'Harbour' });
    const recipe = { prompt: 'a house', seed: 1 };
    const without = client.call('queue.add', { recipe });
    const withKey = client.call('queue.add', { recipe, key: 'k1' });
    await turn();
    studio.drop();
    await expect(created).rejects.toMatchObject({ code: 'connectionLost' });
    await expect(without).rejects.toMatchObject({ code: 'connectionLost' });
    const second = connect();
    client.attach(second.near);
    await turn();
    second.studio.answer(second.studio.requests[0]?.id ?? 0, { jobs: [] });
    expect(await withKey).toEqual({ jobs: [] });
  });

  test('says each time that a channel has ended, and hears nothing from an old one', async () => {
    const { client, studio } = persistent();
    const losses: unknown[] = [];
    client.onClose((reason) => losses.push(reason));
    const heard: string[] = [];
    client.listen((event) => heard.push(event.kind));
    await turn();
    studio.drop();
    await turn();
    const second = connect();
    client.attach(second.near);
    second.studio.drop();
    await turn();
    expect(losses).toEqual([null, null]);
    expect(heard).toEqual([]);
    expect(client.isEnded).toBe(false);
  });

  test('ends for good when the other side speaks another protocol', async () => {
    const { client, studio } = persistent();
    await turn();
    studio.drop();
    await turn();
    const asked = client.call('boards.list', {});
    const [near, far] = memoryChannelPair();
    client.attach(near);
    far.send({ type: 'hello', protocol: protocolVersion + 1, role: 'studio', version: '9' });
    await expect(asked).rejects.toMatchObject({ code: 'protocolMismatch' });
    expect(client.isEnded).toBe(true);
  });
});

test('any other client gives up with its channel', async () => {
  const { near, studio } = connect();
  const client = new StudioClient(near, { role: 'test', version: '0' });
  const asked = client.call('boards.list', {});
  await turn();
  studio.drop();
  await expect(asked).rejects.toMatchObject({ code: 'connectionLost' });
  await expect(client.call('boards.list', {})).rejects.toMatchObject({ code: 'connectionLost' });
});
