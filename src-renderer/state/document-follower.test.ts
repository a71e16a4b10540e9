import { expect, test } from 'vitest';
import { memoryChannelPair } from '../../src-main/contract/memory-channel.ts';
import { protocolVersion } from '../../src-main/contract/protocol.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';
import { DocumentFollower } from './document-follower.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

/** A window at the beginning of a document, and the studio that it asks. `saved` entries are on disk. */
function desk() {
  const [near, far] = memoryChannelPair();
  const state = { saved: 0, shown: 0, mayFollow: true };
  const asked: number[] = [];
  const held: (() => void)[] = [];
  let isHeld = false;
  far.send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: '0' });
  far.onMessage((message) => {
    const { type, id, params } = message as { type: string; id: number; params: { from: number; limit: number } };
    if (type !== 'request') return;
    asked.push(params.from);
    const count = Math.max(0, Math.min(params.limit, state.saved - params.from + 1));
    const entries = Array.from({ length: count }, () => ({ kind: 'undo', command: null, assets: [] }));
    const answer = () => far.send({ type: 'result', id, value: { entries } });
    if (isHeld) held.push(answer);
    else answer();
  });
  const follower = new DocumentFollower(new StudioClient(near, { role: 'test', version: '0' }), {
    next: (document) => (state.mayFollow && document === 'a' ? state.shown + 1 : null),
    show: (entries) => (state.shown += entries.length),
    failed: (error) => {
      throw error;
    },
  });
  const save = (count: number, document = 'a') => {
    state.saved += count;
    follower.receive({ kind: 'document', document, sequence: state.saved });
  };
  const hold = () => (isHeld = true);
  const letGo = () => {
    isHeld = false;
    for (const answer of held.splice(0)) answer();
  };
  return { state, asked, save, hold, letGo };
}

test('a window shows what another one saves, each entry once', async () => {
  const { state, asked, save } = desk();
  save(3);
  await turn();
  save(1);
  await turn();
  expect([state.shown, asked]).toEqual([4, [1, 4]]);
});

test('what is saved while entries are on their way is fetched after them', async () => {
  const { state, asked, save, hold, letGo } = desk();
  hold();
  save(1);
  await turn();
  save(1);
  save(1);
  letGo();
  await turn();
  expect([state.shown, asked]).toEqual([3, [1, 2]]);
});

test('a long history comes in several answers', async () => {
  const { state, asked, save } = desk();
  save(2500);
  await turn();
  expect([state.shown, asked]).toEqual([2500, [1, 1001, 2001]]);
});

test('a window that took the document over meanwhile does not show what came late', async () => {
  const { state, save, hold, letGo } = desk();
  hold();
  save(2);
  await turn();
  state.mayFollow = false;
  letGo();
  await turn();
  expect(state.shown).toBe(0);
});

test('another document is none of its business', async () => {
  const { state, asked, save } = desk();
  save(1, 'b');
  await turn();
  expect([state.shown, asked]).toEqual([0, []]);
});
