import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Channel } from '../../src-main/contract/channel.ts';
import { memoryChannelPair } from '../../src-main/contract/memory-channel.ts';
import { protocolVersion } from '../../src-main/contract/protocol.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';
import { LinkManager } from './link-manager.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A studio that is there or not, and the ends of the channels that it gave out. */
function studio() {
  const far: Channel[] = [];
  const state = { isThere: true, tries: 0 };
  const connect = (): Promise<Channel> => {
    state.tries++;
    if (!state.isThere) return Promise.reject(new Error('Nobody is there.'));
    const [near, end] = memoryChannelPair();
    end.onMessage(() => undefined);
    end.send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: '0' });
    far.push(end);
    return Promise.resolve(near);
  };
  let again = 0;
  const client = new StudioClient(null, { role: 'test', version: '0', isPersistent: true });
  const link = new LinkManager(client, connect, () => void again++);
  return { state, far, client, link, again: () => again };
}

test('a lost connection is taken up again by itself, and what follows is told once', async () => {
  const { state, far, link, again } = studio();
  await link.start();
  expect([link.state, again()]).toEqual(['connected', 0]);
  state.isThere = false;
  far[0]?.close();
  await vi.advanceTimersByTimeAsync(3000);
  expect([link.state, link.reason]).toEqual(['lost', 'Nobody is there.']);
  expect(state.tries).toBeGreaterThan(2);
  state.isThere = true;
  await vi.advanceTimersByTimeAsync(4000);
  expect([link.state, link.tries, again()]).toEqual(['connected', 0, 1]);
});

test('the first connection is tried until the studio is there', async () => {
  const { state, link, again } = studio();
  state.isThere = false;
  await link.start();
  expect(link.state).toBe('connecting');
  state.isThere = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect([link.state, again()]).toEqual(['connected', 0]);
});

test('a person need not wait for the next try', async () => {
  const { state, far, link } = studio();
  await link.start();
  state.isThere = false;
  far[0]?.close();
  await vi.advanceTimersByTimeAsync(10_000);
  state.isThere = true;
  link.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(link.state).toBe('connected');
});

test('a studio of another version is not tried again', async () => {
  const { far, link, state } = studio();
  await link.start();
  far[0]?.send({ type: 'hello', protocol: protocolVersion + 1, role: 'studio', version: '9' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([link.state, state.tries]).toEqual(['ended', 1]);
});
