import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readPictureFile } from '../../src-main/studio/files/picture-file.ts';
import { temporaryFolder } from './fixtures/run-studio.ts';

const program = fileURLToPath(new URL('../../src-main/hosts/cli.ts', import.meta.url));
const model = fileURLToPath(new URL('../golden/copy/models/tiny-sd15-f16.safetensors', import.meta.url));

// One for all: only the first start has to compile.
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/strata-compile', import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly events: Record<string, unknown>[];
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly finished: Promise<Finished>;
  /** Calls back with each event of `--json`. */
  onEvent: (event: Record<string, unknown>) => void;
  kill(signal: NodeJS.Signals): void;
}

/** The program with the real engine and the tiny model of the golden cases. */
function strata(folder: string, ...args: readonly string[]): Running {
  const env = { ...process.env, STRATA_HOME: join(folder, 'home'), NODE_COMPILE_CACHE: compileCache };
  const child = spawn(process.execPath, [program, ...args], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const events: Record<string, unknown>[] = [];
  let [stdout, stderr, rest] = ['', '', ''];
  const running: Running = { finished: null as never, onEvent: () => undefined, kill: (signal) => void child.kill(signal) };
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('{')) continue;
      const event = JSON.parse(line) as Record<string, unknown>;
      events.push(event);
      running.onEvent(event);
    }
  });
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, events, stdout, stderr })));
  return Object.assign(running, { finished });
}

const draw = ['generate', 'a house', '--model', model, '--size', '64x64', '--steps', '3', '--seed', '0'] as const;

/** Nothing but whole pictures of ours in the folder. */
async function expectWholePictures(folder: string, count: number): Promise<void> {
  const names = readdirSync(folder).filter((name) => name !== 'home');
  expect(names.filter((name) => !name.endsWith('.png'))).toEqual([]);
  expect(names.length).toBe(count);
  for (const name of names) expect((await readPictureFile(readFileSync(join(folder, name)))).found?.source).toBe('strata');
}

describe('strata generate', { timeout: 90_000 }, () => {
  test('draws a picture whose recipe repeats it byte for byte', async () => {
    using folder = temporaryFolder();
    const first = await strata(folder.path, ...draw, '-o', 'a.png').finished;
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/step 3 of 3/);
    const second = await strata(folder.path, 'generate', '--recipe', 'a.png', '-o', 'b.png').finished;
    expect(second.code).toBe(0);
    expect(readFileSync(join(folder.path, 'a.png')).equals(readFileSync(join(folder.path, 'b.png')))).toBe(true);
    await expectWholePictures(folder.path, 2);
  });

  // The moment: after so many progress events, and so many milliseconds later.
  test.each([
    [0, 0],
    [1, 0],
    [3, 20],
    [4, 3],
    [5, 40],
    [7, 1],
  ])('ends with a sentence or a whole picture when the engine is killed after %d events and %d ms', async (count, delayMs) => {
    using folder = temporaryFolder();
    const run = strata(folder.path, ...draw, '-o', 'a.png', '--json');
    let pid = 0;
    let seen = 0;
    const kill = () => setTimeout(() => { try { process.kill(pid, 'SIGKILL'); } catch { /* It has ended by itself. */ } }, delayMs); // prettier-ignore
    run.onEvent = ({ event, pid: found }) => {
      if (event === 'engine') pid = Number(found);
      if ((event === 'engine' && count === 0) || (event === 'progress' && ++seen === count)) kill();
    };
    const { code, events } = await run.finished;
    const last = events.at(-1);
    if (code === 0) expect(events.map(({ event }) => event)).toContain('picture');
    else
      expect([code, last]).toMatchObject([
        1,
        { event: 'error', error: { code: 'engineCrashed', message: expect.stringContaining('stopped unexpectedly') as string } },
      ]);
    await expectWholePictures(folder.path, code === 0 ? 1 : 0);
  });

  test('stops within a step on Ctrl-C, with code 1 and no file', async () => {
    using folder = temporaryFolder();
    const run = strata(folder.path, ...draw.map((word) => (word === '3' ? '500' : word)), '-o', 'a.png', '--json');
    run.onEvent = ({ event, step }) => event === 'progress' && step === 2 && run.kill('SIGINT');
    const { code, events } = await run.finished;
    expect([code, events.at(-1)]).toMatchObject([1, { event: 'error', error: { code: 'cancelled' } }]);
    await expectWholePictures(folder.path, 0);
  });
});

describe('bad input', { timeout: 90_000 }, () => {
  test.each<[string, string[], string]>([
    ['a size that is no multiple of 8', ['generate', 'x', '--size', '65x64'], 'multiples of 8'],
    ['no steps', ['generate', 'x', '--steps', '0'], '--steps must be a whole number from 1 to 1000'],
    ['a prompt without quotes', ['generate', 'a', 'red', 'house'], 'one argument in quotes'],
    ['nothing to draw', ['generate'], 'needs a prompt'],
    ['an unknown option', ['generate', 'x', '--fast'], "Unknown option '--fast'"],
    ['an unknown command', ['paint'], 'There is no command "paint"'],
    ['an output that is no PNG', ['generate', 'x', '-o', 'a.jpg'], 'ends in .png'],
  ])('%s is wrong usage: code 2', async (_name, args, words) => {
    using folder = temporaryFolder();
    const { code, stderr } = await strata(folder.path, ...args).finished;
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    await expectWholePictures(folder.path, 0);
  });

  test.each<[string, string[], string]>([
    ['a model that is not there', ['--model', 'missing.safetensors'], 'missing.safetensors'],
    ['a pickle', ['--model', 'pickle.ckpt'], 'pickle'],
    ['an empty model file', ['--model', 'empty.safetensors'], 'empty.safetensors'],
    ['a start picture that is text', ['--image', 'recipe.json'], 'must be a PNG, JPEG'],
    ['a start picture that is cut short', ['--image', 'cut.png', '--model', model], 'cut.png cannot be read'],
    ['a recipe that is no recipe', ['--recipe', 'empty.safetensors'], 'neither'],
    ['a recipe out of bounds', ['--recipe', 'recipe.json'], 'steps'],
    ['a folder that is not there', ['-o', 'nowhere/a.png'], 'must exist'],
  ])('%s is a failure with a sentence: code 1', async (_name, args, words) => {
    using folder = temporaryFolder();
    const input = (name: string) => join(folder.path, 'home', name);
    mkdirSync(join(folder.path, 'home'));
    writeFileSync(input('pickle.ckpt'), Buffer.from([0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e, ...Buffer.alloc(64)]));
    writeFileSync(input('empty.safetensors'), '');
    writeFileSync(input('recipe.json'), '{"prompt":"x","seed":1,"steps":-4}');
    writeFileSync(input('cut.png'), Buffer.from('89504e470d0a1a0a0000000d4948445200000040000000400802000000', 'hex'));
    const placed = args.map((arg) => (existsSync(input(arg)) ? input(arg) : arg));
    const { code, stderr } = await strata(folder.path, 'generate', 'x', ...placed).finished;
    expect(stderr.toLowerCase()).toContain(words.toLowerCase());
    expect(stderr).not.toContain('internal');
    expect(code).toBe(1);
    await expectWholePictures(folder.path, 0);
  });
});
