import { beforeEach, expect, test } from 'vitest';
import { memoryChannelPair } from '../../src-main/contract/memory-channel.ts';
import { protocolVersion } from '../../src-main/contract/protocol.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { StudioEvent } from '../../src-main/contract/studio-methods.ts';
import { DocumentAccess } from './document-access.svelte.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

/** A studio that grants or refuses, and tells of the writer before it answers, as the real one does. */
function desk() {
  const [near, far] = memoryChannelPair();
  const asked: string[] = [];
  const grants = { isWriter: true };
  far.send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: '0' });
  const tell = (event: StudioEvent) => far.send({ type: 'event', event });
  far.onMessage((message) => {
    const { type, id, method, params } = message as { type: string; id: number; method: string; params: { document: string } };
    if (type !== 'request') return;
    asked.push(`${method} ${params.document}`);
    if (method === 'documents.claim' && grants.isWriter) tell({ kind: 'writer', document: params.document, page: 'me' });
    far.send({ type: 'result', id, value: method === 'documents.claim' ? { page: 'me', isWriter: grants.isWriter } : {} });
  });
  const client = new StudioClient(near, { role: 'test', version: '0' });
  const happened: string[] = [];
  const access = new DocumentAccess(client, {
    save: () => Promise.resolve(void happened.push('saved')),
    onTaken: () => happened.push('taken'),
    onFree: () => happened.push('free'),
  });
  client.listen((event) => access.receive(event));
  return { access, asked, grants, tell, happened };
}

let studio: ReturnType<typeof desk>;
beforeEach(() => void (studio = desk()));

test('a window that was granted the document writes it, and hears nothing of its own claim', async () => {
  await studio.access.claim('a');
  await turn();
  expect([studio.access.isReader, studio.happened]).toEqual([false, []]);
});

test('opening another document lets go of the first', async () => {
  await studio.access.claim('a');
  await studio.access.claim('b');
  expect(studio.asked).toEqual(['documents.claim a', 'documents.release a', 'documents.claim b']);
});

test('a refused window only reads, and is told when the document is free', async () => {
  studio.grants.isWriter = false;
  await studio.access.claim('a');
  expect(studio.access.isReader).toBe(true);
  studio.tell({ kind: 'writer', document: 'b', page: null });
  studio.tell({ kind: 'writer', document: 'a', page: null });
  await turn();
  expect(studio.happened).toEqual(['free']);
});

test('a window that is asked for its document saves first, lets go and says so', async () => {
  await studio.access.claim('a');
  studio.tell({ kind: 'handover', document: 'a', page: 'me' });
  await turn();
  expect([studio.happened, studio.asked.at(-1), studio.access.isReader]).toEqual([['saved', 'taken'], 'documents.release a', true]);
});

test('what could not be saved is not replaced by what another window left', async () => {
  await studio.access.claim('a');
  studio.access.refused();
  studio.tell({ kind: 'writer', document: 'a', page: null });
  await turn();
  expect([studio.access.isReader, studio.access.hasUnsaved, studio.happened]).toEqual([true, true, []]);
});

test('after a lost connection a window that finds its document taken only reads', async () => {
  await studio.access.claim('a');
  studio.grants.isWriter = false;
  await studio.access.claimAgain();
  expect([studio.access.isReader, studio.happened]).toEqual([true, ['taken']]);
});
