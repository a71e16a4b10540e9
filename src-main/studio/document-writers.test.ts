import { expect, test } from 'vitest';
import type { StudioEvent } from '../contract/studio-methods.ts';
import { DocumentWriters } from './document-writers.ts';

function writers(handoverMs = 1000) {
  const events: StudioEvent[] = [];
  return { events, writers: new DocumentWriters((event) => events.push(event), handoverMs) };
}

test('the first page writes, the second is told so, and a page without a claim may write only where nobody does', async () => {
  const { writers: table } = writers();
  expect(table.mayWrite('d', 'c')).toBe(true);
  expect(await table.claim('d', 'a', false)).toBe(true);
  expect(await table.claim('d', 'b', false)).toBe(false);
  expect(['a', 'b', 'c'].map((page) => table.mayWrite('d', page))).toEqual([true, false, false]);
});

test('a takeover waits until the writer has let go', async () => {
  const { writers: table, events } = writers();
  await table.claim('d', 'a', false);
  const taken = table.claim('d', 'b', true);
  expect(events.at(-1)).toEqual({ kind: 'handover', document: 'd', page: 'a' });
  expect(table.writerOf('d')).toBe('a');
  table.release('d', 'a');
  expect(await taken).toBe(true);
  expect(events.slice(2)).toEqual([{ kind: 'writer', document: 'd', page: 'b' }]);
});

test('a takeover from a page that hangs succeeds all the same', async () => {
  const { writers: table } = writers(5);
  await table.claim('d', 'a', false);
  expect(await table.claim('d', 'b', true)).toBe(true);
  expect(table.mayWrite('d', 'a')).toBe(false);
});

test('what a page wrote is free when it has gone, and the others hear of it', async () => {
  const { writers: table, events } = writers();
  await table.claim('d', 'a', false);
  await table.claim('e', 'b', false);
  table.leave('a');
  expect(events.at(-1)).toEqual({ kind: 'writer', document: 'd', page: null });
  expect(table.mayWrite('d', 'c')).toBe(true);
  expect(table.writerOf('e')).toBe('b');
});

test('a page releases only what it has', async () => {
  const { writers: table } = writers();
  await table.claim('d', 'a', false);
  table.release('d', 'b');
  expect(table.writerOf('d')).toBe('a');
});
