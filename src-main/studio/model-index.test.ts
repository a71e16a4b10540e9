import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { modelInfoSchema } from '../contract/reports.ts';
import { ModelIndex, walkModels } from './model-index.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'strata-models-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, content = 'x') => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
};

async function walk(signal = new AbortController().signal): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of walkModels(folder, signal)) found.push(relative(folder, path));
  return found;
}

const info = (path: string) =>
  modelInfoSchema.parse({ id: path, path, name: path, kind: 'checkpoint', family: 'sd1', bytes: 1, usable: true });

describe('walking a model folder', () => {
  test('finds model files and diffusers folders, and passes over the rest', async () => {
    file('b.safetensors');
    file('a/old.ckpt');
    file('a/readme.txt');
    file('.git/c.safetensors');
    file('flat/model_index.json', '{}');
    file('flat/unet/weights.safetensors');
    mkdirSync(join(folder, 'folder.safetensors'));
    expect(await walk()).toEqual(['a/old.ckpt', 'b.safetensors', 'flat']);
  });

  test('ends where links make loops, and follows links to files', async () => {
    file('a/b/c.safetensors');
    symlinkSync('..', join(folder, 'a/b/up'));
    symlinkSync(join(folder, 'a/b/c.safetensors'), join(folder, 'linked.safetensors'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dead.safetensors'));
    expect(await walk()).toEqual(['a/b/c.safetensors', 'linked.safetensors']);
  });

  test('ends at a depth, when it is stopped, and at folders that cannot be read', async () => {
    file('1/2/3/4/5/6/7/8/near.safetensors');
    file('1/2/3/4/5/6/7/8/9/far.safetensors');
    file('closed/d.safetensors');
    chmodSync(join(folder, 'closed'), 0o000);
    expect(await walk()).toContain('1/2/3/4/5/6/7/8/near.safetensors');
    expect(await walk()).not.toContain('1/2/3/4/5/6/7/8/9/far.safetensors');
    chmodSync(join(folder, 'closed'), 0o700);
    expect(await walk(AbortSignal.abort())).toEqual([]);
  });
});

describe('the index', () => {
  test('lists what cannot be read with the reason, and each file once', async () => {
    file('a.safetensors');
    file('broken.ckpt');
    const inspect = (path: string) => (path.endsWith('.ckpt') ? Promise.reject(new Error('a pickle')) : Promise.resolve(info(path)));
    const index = new ModelIndex({ database: null, inspect, companions: () => Promise.resolve([]), onChange: () => undefined });
    await index.rescan([folder, folder]);
    const { models, isScanning } = index.list();
    expect(isScanning).toBe(false);
    expect(models.map(({ name, usable, problems }) => [relative(folder, name), usable, problems])).toEqual([
      [relative(folder, 'starter'), true, []],
      ['a.safetensors', true, []],
      ['broken.ckpt', false, ['a pickle']],
    ]);
  });
});
