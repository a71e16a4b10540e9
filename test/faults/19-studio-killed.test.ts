import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pipeChannel } from '../../src-main/contract/pipe-channel.ts';
import { StudioClient } from '../../src-main/contract/studio-client.ts';
import { temporaryFolder } from './fixtures/run-studio.ts';

const entry = fileURLToPath(new URL('./fixtures/studio-process.ts', import.meta.url));

interface StudioProcess extends AsyncDisposable {
  readonly client: StudioClient;
  readonly child: ChildProcess;
}

/** A studio in a process of its own. */
function startStudio(folder: string): StudioProcess {
  const child = spawn(process.execPath, [entry, folder], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const pipe = child.stdio[3] as Duplex;
  const client = new StudioClient(pipeChannel(pipe, pipe), { role: 'test', version: '0' });
  const gone = once(child, 'exit');
  return {
    client,
    child,
    async [Symbol.asyncDispose]() {
      pipe.end();
      await gone;
    },
  };
}

const recipe = { prompt: 'slow bridge', seed: 1, steps: 3, size: { width: 16, height: 16 } };
const entries = (numbers: readonly number[]) => numbers.map((number) => ({ kind: 'do' as const, command: { number } }));

test('kill -9 of the studio loses no job, no picture and no entry of a document that was answered for', async () => {
  using folder = temporaryFolder();
  let document = '';
  let appended = 0;
  let finished = 0;
  const moments = [300, 40, 700, 120];
  for (const moment of moments) {
    await using studio = startStudio(folder.path);
    const { client, child } = studio;
    if (document === '') {
      document = (await client.call('documents.create', { name: 'Harbour' })).id;
      await client.call('queue.add', { recipe, count: 4 });
    }
    const { entries: kept } = await client.call('documents.history', { document, from: 1, limit: 1000 });
    expect(kept.length).toBeGreaterThanOrEqual(appended);
    expect(kept.map(({ command }) => command)).toEqual(kept.map((_, index) => ({ number: index })));
    const { total } = await client.call('gallery.search', {});
    expect(total).toBeGreaterThanOrEqual(finished);
    client.listen((event) => (finished += Number(event.kind === 'picture')));
    setTimeout(() => child.kill('SIGKILL'), moment);
    try {
      for (let next = kept.length; ; next++) {
        await client.call('documents.append', { document, after: next, entries: entries([next]) });
        appended = next + 1;
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'connectionLost' });
    }
  }
  await using studio = startStudio(folder.path);
  const pictures = new Promise<void>((resolve) => {
    const look = async () => {
      const { jobs } = await studio.client.call('queue.list', {});
      if (jobs.every(({ state }) => state === 'done' || state === 'poisonous')) resolve();
    };
    studio.client.listen((event) => void (event.kind === 'job' && look()));
    void look();
  });
  await pictures;
  const { jobs } = await studio.client.call('queue.list', {});
  expect(jobs.length).toBe(4);
  // A job that was given up may have left a picture: one that was saved just before the studio was killed.
  const { pictures: kept } = await studio.client.call('gallery.search', {});
  const seeds = new Set(kept.map(({ recipe: drawn }) => drawn.seed));
  for (const { state, recipe: asked } of jobs) if (state === 'done') expect(seeds).toContain(asked.seed);
}, 90_000);
