import { describe, expect, test, vi } from 'vitest';
import { readPictureFile } from '../../src-main/studio/files/picture-file.ts';
import { jobEnd, runStudio, temporaryFolder } from './fixtures/run-studio.ts';

const recipe = (prompt: string, seed = 1) => ({ prompt, seed, steps: 4, size: { width: 16, height: 16 } });

describe('when the engine dies', { timeout: 90_000 }, () => {
  test('a job is tried again and then marked as poisonous, and the queue goes on', async () => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    const bad = (await run.client.call('queue.add', { recipe: recipe('crash') })).jobs[0];
    const good = (await run.client.call('queue.add', { recipe: recipe('a house') })).jobs[0];
    const poisoned = await jobEnd(run, bad!.id);
    expect(poisoned).toMatchObject({ state: 'poisonous', attempts: 3, error: { code: 'poisonousJob' } });
    expect(poisoned.error?.message).toContain('SIGKILL');
    expect(await jobEnd(run, good!.id)).toMatchObject({ state: 'done', attempts: 1 });
    expect((await run.client.call('gallery.search', {})).total).toBe(1);
  });

  test('killing it at random moments loses no job and leaves no broken file', async () => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    // Moments from a fixed sequence: so many progress messages after the last kill, and so many milliseconds after that.
    const moments = [1, 0, 4, 20, 3, 35, 6, 5, 2, 0, 5, 30, 1, 12, 3, 3, 7, 25, 4, 0];
    let messages = 0;
    run.client.listen((event) => {
      if (event.kind !== 'progress' || moments.length === 0 || ++messages < moments[0]!) return;
      messages = 0;
      const [, delayMs] = moments.splice(0, 2);
      setTimeout(() => run.studio.engine.pid && process.kill(run.studio.engine.pid, 'SIGKILL'), delayMs);
    });
    // Ten kills spoil three jobs at most; the others' five messages each are enough for all moments, however fast this computer is.
    const { jobs } = await run.client.call('queue.add', { recipe: recipe('slow house'), count: 12, priority: 'bulk' });
    const ends = await Promise.all(jobs.map(({ id }) => jobEnd(run, id)));
    expect(moments).toEqual([]);
    expect(ends.filter(({ state }) => state !== 'done' && state !== 'poisonous')).toEqual([]);
    const { pictures, total } = await run.client.call('gallery.search', {});
    expect(total).toBe(ends.filter(({ state }) => state === 'done').length);
    for (const { asset, recipe: drawn } of pictures) {
      const file = await readPictureFile(await run.studio.library.pictures.read(asset));
      expect(file.found?.recipe).toEqual(drawn);
    }
    expect((await run.studio.library.pictures.sweep()).size).toBe(new Set(pictures.map(({ asset }) => asset)).size);
  });

  test.each(['exit', 'garbage', 'uncaught'])('an engine that ends with "%s" costs that job only', async (fault) => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    const bad = await run.client.call('queue.add', { recipe: recipe(fault) });
    const good = await run.client.call('queue.add', { recipe: recipe('a house') });
    const end = await jobEnd(run, bad.jobs[0]!.id);
    expect(['poisonous', 'failed']).toContain(end.state);
    expect(await jobEnd(run, good.jobs[0]!.id)).toMatchObject({ state: 'done' });
  });

  test('an engine that runs out of memory takes nobody with it', async () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=64');
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    const job = (await run.client.call('queue.add', { recipe: recipe('heap') })).jobs[0];
    expect(await jobEnd(run, job!.id)).toMatchObject({ state: 'poisonous', error: { code: 'poisonousJob' } });
    expect((await run.client.call('studio.state', {})).engine.crashes).toBe(3);
  });

  test('an error that the engine answers fails the job with its sentence', async () => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    const job = (await run.client.call('queue.add', { recipe: recipe('throw') })).jobs[0];
    const error = { code: 'outOfMemory', message: 'There must be 4 GiB of memory; there is 1 GiB.', details: {} };
    expect(await jobEnd(run, job!.id)).toMatchObject({ state: 'failed', attempts: 1, error });
  });

  test('restarting it on request runs the job again', async () => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    // Long enough not to be finished before the request has come.
    const job = (await run.client.call('queue.add', { recipe: { ...recipe('slow house'), steps: 60 } })).jobs[0];
    await run.waitFor((event) => event.kind === 'progress' && event.progress.step > 0);
    await run.client.call('engine.restart', {});
    expect(await jobEnd(run, job!.id)).toMatchObject({ state: 'done', attempts: 2 });
  });
});

describe('cancelling', { timeout: 90_000 }, () => {
  test('ends a running job within a step, as often as it is asked, and never the next one', async () => {
    using folder = temporaryFolder();
    await using run = await runStudio(folder.path);
    const { jobs } = await run.client.call('queue.add', { recipe: { ...recipe('slow house'), steps: 100 }, count: 1 });
    const { jobs: next } = await run.client.call('queue.add', { recipe: recipe('a tree') });
    await run.waitFor((event) => event.kind === 'progress' && event.progress.step > 1);
    for (let time = 0; time < 3; time++) await run.client.call('queue.cancel', { job: jobs[0]!.id });
    expect(await jobEnd(run, jobs[0]!.id)).toMatchObject({ state: 'cancelled', pictures: [] });
    await run.client.call('queue.cancel', { job: jobs[0]!.id });
    expect(await jobEnd(run, next[0]!.id)).toMatchObject({ state: 'done' });
  });
});
