import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AppError } from '../../src-main/contract/errors.ts';
import { AssetStore } from '../../src-main/studio/files/asset-store.ts';
import { saveAtomically, sweepTemporaryFiles } from '../../src-main/studio/files/atomic-save.ts';
import { nodeFileSystem } from '../../src-main/studio/files/file-system.ts';
import { failingFiles } from './fixtures/failing-files.ts';
import { jobEnd, runStudio, temporaryFolder } from './fixtures/run-studio.ts';

const bytes = (text: string) => [new TextEncoder().encode(text)];

test.each(['ENOSPC', 'EIO', 'EACCES'] as const)(
  'a save that fails with %s at any call leaves the old content or the whole new one',
  async (code) => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'picture.png');
    for (let failAt = 1; ; failAt++) {
      writeFileSync(path, 'old');
      const files = failingFiles(failAt, code);
      const error = await saveAtomically(files, path, bytes('the whole new content')).then(() => null, (thrown: AppError) => thrown); // prettier-ignore
      expect(['old', 'the whole new content']).toContain(readFileSync(path, 'utf8'));
      expect(readdirSync(folder.path)).toEqual(['picture.png']);
      if (error) expect(error.code).toBe(code === 'ENOSPC' ? 'diskFull' : 'cannotWrite');
      if (files.calls < failAt) break;
      expect(error).not.toBeNull();
    }
    expect(readFileSync(path, 'utf8')).toBe('the whole new content');
  },
);

test('an asset that cannot be stored is not there, and storing it again works', async () => {
  using folder = temporaryFolder();
  for (let failAt = 1; failAt < 10; failAt++) {
    const store = new AssetStore(failingFiles(failAt, 'ENOSPC'), join(folder.path, `store-${failAt}`), '.png');
    const stored = await store.put(bytes('pixels')).catch(() => null);
    const found = await store.sweep();
    for (const id of found.keys()) expect(new TextDecoder().decode(await store.read(id))).toBe('pixels');
    if (stored !== null) expect([...found.keys()]).toEqual([stored]);
    expect(await store.put(bytes('pixels'))).toHaveLength(64);
    expect((await store.sweep()).size).toBe(1);
  }
});

test('what a killed save left is swept, unless its process still runs', async () => {
  using folder = temporaryFolder();
  const left = (pid: number) => join(folder.path, `.strata-${pid}-0123456789ab.tmp`);
  const names = [left(2 ** 22 - 3), left(process.ppid), join(folder.path, 'mine.tmp')];
  for (const name of names) writeFileSync(name, 'half');
  expect(await sweepTemporaryFiles(nodeFileSystem, folder.path)).toBe(1);
  expect(names.map((name) => existsSync(name))).toEqual([false, true, true]);
});

test('a full disk keeps the job, pauses the queue and says so; with room again the queue goes on', async () => {
  using folder = temporaryFolder();
  let isFull = true;
  const files = {
    ...nodeFileSystem,
    writeNewFile: (path: string, parts: readonly Uint8Array[]) =>
      isFull ? failingFiles(1, 'ENOSPC').writeNewFile(path, parts) : nodeFileSystem.writeNewFile(path, parts),
  };
  await using run = await runStudio(folder.path, { files });
  const { jobs } = await run.client.call('queue.add', { recipe: { prompt: 'a house', seed: 1, size: { width: 16, height: 16 } } });
  const notice = await run.waitFor((event) => event.kind === 'notice' && event.level === 'error' && event.text);
  expect(notice).toContain('room on the disk');
  expect((await run.client.call('queue.list', {})).jobs).toMatchObject([{ state: 'queued', error: { code: 'diskFull' } }]);
  expect((await run.client.call('gallery.search', {})).total).toBe(0);
  expect((await run.studio.library.pictures.sweep()).size).toBe(0);
  isFull = false;
  await run.client.call('queue.pause', { isPaused: false });
  expect(await jobEnd(run, jobs[0]!.id)).toMatchObject({ state: 'done' });
});

test('a library that cannot grow refuses with a sentence, keeps what it has, and goes on with room again', async () => {
  using folder = temporaryFolder();
  await using run = await runStudio(folder.path);
  const { database } = run.studio.library;
  const { id } = await run.client.call('documents.create', { name: 'Harbour' });
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const long = { kind: 'do' as const, command: 'x'.repeat(200_000) };
  await expect(run.client.call('documents.append', { document: id, after: 0, entries: [long] })).rejects.toMatchObject({
    code: 'diskFull',
  });
  const recipe = { prompt: 'x'.repeat(20_000), seed: 1, size: { width: 16, height: 16 } };
  await expect(run.client.call('queue.add', { recipe, count: 20 })).rejects.toMatchObject({ code: 'diskFull' });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect((await run.client.call('documents.open', { document: id })).entries).toEqual([]);
  database.exec('PRAGMA max_page_count = 1000000');
  expect(await run.client.call('documents.append', { document: id, after: 0, entries: [long] })).toEqual({ sequence: 1 });
});

test('a picture that was saved without its row is taken in at the next start, and a row without its file is forgotten', async () => {
  using folder = temporaryFolder();
  const recipe = { prompt: 'a lighthouse', seed: 4, size: { width: 16, height: 16 } };
  {
    await using run = await runStudio(folder.path);
    const { jobs } = await run.client.call('queue.add', { recipe, count: 2 });
    const ends = await Promise.all(jobs.map(({ id }) => jobEnd(run, id)));
    const { library } = run.studio;
    library.gallery.remove(ends[0]!.pictures);
    await library.pictures.remove(library.gallery.get(ends[1]!.pictures[0]!).asset);
    mkdirSync(join(library.layout.pictures, 'zz'));
    writeFileSync(join(library.layout.pictures, 'notes.txt'), 'not ours');
  }
  await using again = await runStudio(folder.path);
  await again.waitFor((event) => event.kind === 'gallery');
  const { pictures } = await again.client.call('gallery.search', { text: 'lightho' });
  expect(pictures).toMatchObject([{ recipe: { prompt: 'a lighthouse', seed: 4 }, seconds: null }]);
  expect((await again.client.call('gallery.search', {})).total).toBe(1);
});
