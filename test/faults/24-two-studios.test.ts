import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { acquireWriterLock } from '../../src-main/studio/files/writer-lock.ts';
import { jobEnd, runStudio, temporaryFolder } from './fixtures/run-studio.ts';

const recipe = { prompt: 'a bridge', seed: 1, size: { width: 16, height: 16 } };

test('the second studio on a folder shows what is there and changes nothing', async () => {
  using folder = temporaryFolder();
  await using first = await runStudio(folder.path);
  const { jobs } = await first.client.call('queue.add', { recipe });
  await jobEnd(first, jobs[0]!.id);
  await using second = await runStudio(folder.path);
  const state = await second.client.call('studio.state', {});
  expect(state.isReadOnly).toBe(true);
  expect(state.notices.join()).toContain('Another Strata uses the data folder');
  expect((await second.client.call('gallery.search', {})).total).toBe(1);
  await expect(second.client.call('queue.add', { recipe })).rejects.toMatchObject({ code: 'readOnly' });
  await expect(second.client.call('settings.set', { theme: 'dark' })).rejects.toMatchObject({ code: 'readOnly' });
});

test('the folder is free again as soon as its studio is killed', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'writer.lock');
  const holder = fork(fileURLToPath(new URL('./fixtures/hold-lock.ts', import.meta.url)), [path], { execArgv: [] });
  await once(holder, 'message');
  expect(acquireWriterLock(path)).toBeNull();
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  const lock = acquireWriterLock(path);
  expect(lock).not.toBeNull();
  lock?.release();
});
