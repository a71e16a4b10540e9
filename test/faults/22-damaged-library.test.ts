import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { AppError } from '../../src-main/contract/errors.ts';
import { migrate, openDatabase } from '../../src-main/studio/store/database.ts';
import { migrations, type Migration } from '../../src-main/studio/store/migrations.ts';
import { jobEnd, runStudio, temporaryFolder } from './fixtures/run-studio.ts';

const recipe = { prompt: 'a windmill', seed: 9, size: { width: 16, height: 16 } };

async function folderWithPictures(folder: string): Promise<void> {
  await using run = await runStudio(folder);
  const { jobs } = await run.client.call('queue.add', { recipe, count: 3 });
  await Promise.all(jobs.map(({ id }) => jobEnd(run, id)));
}

const damages: readonly [string, (path: string) => void][] = [
  ['a zeroed header', (path) => writeFileSync(path, new Uint8Array(100).fill(0), { flag: 'r+' })],
  [
    'pages of garbage',
    (path) =>
      writeFileSync(
        path,
        readFileSync(path).map((byte, index) => (index > 4096 ? (byte ^ 0x5a) & 255 : byte)),
      ),
  ],
  ['a cut end', (path) => truncateSync(path, 5000)],
  ['a JPEG in its place', (path) => writeFileSync(path, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(9000, 7)]))],
];

test.each(damages)('a library with %s is moved aside and the gallery is read back from the pictures', async (_name, damage) => {
  using folder = temporaryFolder();
  await folderWithPictures(folder.path);
  damage(join(folder.path, 'library.sqlite'));
  await using run = await runStudio(folder.path);
  const { notices } = await run.client.call('studio.state', {});
  expect(notices.join()).toContain('The library was damaged');
  expect(readdirSync(folder.path).some((name) => name.startsWith('library.corrupt-'))).toBe(true);
  await run.waitFor((event) => event.kind === 'gallery');
  const { total, pictures } = await run.client.call('gallery.search', { text: 'windmill seed:10' });
  expect({ total, seeds: pictures.map((picture) => picture.recipe.seed) }).toEqual({ total: 1, seeds: [10] });
  expect((await run.client.call('gallery.search', {})).total).toBe(3);
});

test('an empty file is simply a new library', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'library.sqlite');
  writeFileSync(path, '');
  const { database, movedAside } = openDatabase(path, 'now');
  expect(movedAside).toBeNull();
  database.close();
});

test('a library of a newer version is refused and left as it is', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'library.sqlite');
  const newer = new DatabaseSync(path);
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}; CREATE TABLE treasures (id INTEGER)`);
  newer.close();
  const before = readFileSync(path);
  expect(() => openDatabase(path, 'now')).toThrow(expect.objectContaining({ code: 'newerDatabase' }) as AppError);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test('a migration that fails half-way leaves the old schema, and runs whole the next time', () => {
  const database = new DatabaseSync(':memory:');
  const version = () => database.prepare('PRAGMA user_version').get()?.['user_version'];
  const tables = () => database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all().map(({ name }) => name); // prettier-ignore
  let fails = true;
  const steps: Migration[] = [
    { name: 'one', run: (target) => target.exec('CREATE TABLE a (id INTEGER)') },
    {
      name: 'two',
      run: (target) => {
        target.exec('CREATE TABLE b (id INTEGER); DROP TABLE a');
        if (fails) throw new Error('killed here');
        target.exec('CREATE TABLE c (id INTEGER)');
      },
    },
  ];
  expect(() => migrate(database, steps)).toThrow('killed here');
  expect([version(), tables()]).toEqual([1, ['a']]);
  fails = false;
  migrate(database, steps);
  expect([version(), tables()]).toEqual([2, ['b', 'c']]);
});
