import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { recipeSchema, type RecipeInput } from '../../contract/recipe.ts';
import { gallerySearchSchema, type GallerySearch } from '../../contract/records.ts';
import { migrate } from './database.ts';
import { DocumentTable } from './document-table.ts';
import { GalleryTable } from './gallery-table.ts';
import { migrations } from './migrations.ts';
import { QueueTable } from './queue-table.ts';

/** A clock that goes backwards: nothing may depend on it. */
function tables() {
  const database = new DatabaseSync(':memory:');
  database.exec('PRAGMA foreign_keys = ON');
  migrate(database, migrations);
  let time = 1_000_000;
  const now = () => (time -= 1000);
  return {
    database,
    queue: new QueueTable(database, now),
    gallery: new GalleryTable(database, now),
    documents: new DocumentTable(database, now),
  };
}

const recipe = (input: Partial<RecipeInput> = {}) => recipeSchema.parse({ prompt: 'a house', seed: 0, ...input });
const asset = (number: number) => number.toString(16).padStart(64, '0');

describe('the queue', () => {
  const add = (queue: QueueTable, ...priorities: ('interactive' | 'bulk')[]) =>
    queue.add(priorities.map((priority) => ({ recipe: recipe(), priority, document: null }))).map(({ id }) => id);
  const order = (queue: QueueTable) => queue.list(0).map(({ id }) => id);

  test('runs interactive jobs before bulk ones, each in the order they came, whatever the clock says', () => {
    const { queue } = tables();
    add(queue, 'bulk', 'interactive', 'bulk', 'interactive');
    expect(order(queue)).toEqual([2, 4, 1, 3]);
    expect(queue.next()?.id).toBe(2);
  });

  test('a wish that comes twice with the same key is queued once, even after a restart', () => {
    const { queue, database } = tables();
    const jobs = [1, 2].map((seed) => ({ recipe: recipe({ seed }), priority: 'interactive' as const, document: null }));
    const first = queue.add(jobs, 'wish');
    queue.start(first[0]?.id ?? 0);
    const again = new QueueTable(database, () => 0).add(jobs, 'wish');
    expect(again.map(({ id, state }) => [id, state])).toEqual([
      [1, 'running'],
      [2, 'queued'],
    ]);
    expect(queue.add(jobs, 'other wish').map(({ id }) => id)).toEqual([3, 4]);
    expect(queue.add(jobs).map(({ id }) => id)).toEqual([5, 6]);
  });

  test('a job is moved before another or to the end, and not across priorities', () => {
    const { queue } = tables();
    add(queue, 'bulk', 'bulk', 'bulk', 'interactive');
    queue.move(3, 1);
    expect(order(queue)).toEqual([4, 3, 1, 2]);
    queue.move(3, null);
    expect(order(queue)).toEqual([4, 1, 2, 3]);
    queue.move(3, 2);
    expect(order(queue)).toEqual([4, 1, 3, 2]);
    expect(() => queue.move(3, 4)).toThrow(expect.objectContaining({ code: 'jobMissing' }) as Error);
  });

  test('after a studio that was killed, a running job waits again, is done when its picture is there, or is poisonous at last', () => {
    const { queue, gallery } = tables();
    add(queue, 'bulk', 'bulk', 'bulk');
    for (const id of [1, 2, 3]) queue.start(id);
    for (let time = 0; time < 2; time++) queue.start(3);
    gallery.add([{ asset: asset(1), width: 16, height: 16, recipe: recipe(), seconds: 1, job: 2, capture: null }]);
    queue.recover(3, { code: 'poisonousJob', message: 'again and again', details: {} });
    expect([1, 2, 3].map((id) => queue.get(id).state)).toEqual(['queued', 'done', 'poisonous']);
    expect(queue.get(2).pictures).toEqual([1]);
    expect(queue.get(3).error).toEqual({ code: 'poisonousJob', message: 'again and again', details: {} });
  });

  test('a retry that a person asks for starts the count anew', () => {
    const { queue } = tables();
    add(queue, 'bulk');
    queue.start(1);
    queue.finish(1, 'failed', { code: 'x', message: 'y', details: {} });
    expect(queue.requeue(1, { error: null, isAskedFor: true })).toMatchObject({
      state: 'queued',
      attempts: 0,
      error: null,
      finishedAt: null,
    });
  });

  test('a recipe that no longer fits keeps its prompt and seed and hides nothing', () => {
    const { queue, database } = tables();
    add(queue, 'bulk', 'bulk');
    database.prepare('UPDATE jobs SET recipe = ? WHERE id = 1').run('{"prompt":"kept","seed":5,"steps":"many"}');
    expect(queue.list(0).map((job) => [job.recipe.prompt, job.recipe.seed])).toEqual([
      ['kept', 5],
      ['a house', 0],
    ]);
  });
});

describe('the gallery', () => {
  function filled() {
    const all = tables();
    const inputs: Partial<RecipeInput>[] = [
      { prompt: 'a red house, semi-realistic', seed: 12, size: { width: 512, height: 768 } },
      { prompt: 'Ein Haus am See, Überblick', negative: 'fog', seed: 123, sampler: 'euler_a' },
      {
        prompt: 'sky',
        regions: [{ mask: { rectangle: { x: 0, y: 0, width: 8, height: 8 } }, prompt: 'lighthouse' }],
        loras: [{ file: '/m/Ghibli_style.safetensors' }],
      },
    ];
    all.gallery.add(
      inputs.map((input, index) => ({
        asset: asset(index),
        width: 512,
        height: 768,
        recipe: recipe(input),
        seconds: 1,
        job: null,
        capture: null,
      })),
    );
    return all;
  }
  const find = (gallery: GalleryTable, search: Partial<GallerySearch>) =>
    gallery.search(gallerySearchSchema.parse(search)).pictures.map(({ id }) => id);

  test.each<[string, number[]]>([
    ['', [3, 2, 1]],
    ['red', [1]],
    ['RED hou', [1]],
    ['hous', [1]],
    ['semi-real', [1]],
    ['überb', [2]],
    ['uberb', [2]],
    ['fog', [2]],
    ['lighthouse', [3]],
    ['ghibli', [3]],
    ['seed:12', [1]],
    ['seed:123', [2]],
    ['size:512x768', [3, 2, 1]],
    ['sampler:euler_a', [2]],
    ['house NOT red', []],
    ['"', []],
    ['* OR', []],
    ["'; DROP TABLE pictures; --", []],
    ['-', []],
  ])('finds %j', (text, ids) => {
    expect(find(filled().gallery, { text })).toEqual(ids);
  });

  test('stars, boards, trash and pages', () => {
    const { gallery } = filled();
    const board = gallery.createBoard('Best');
    gallery.star([1, 3], true);
    gallery.setBoard([2, 3], board.id);
    gallery.trash([3], true);
    expect(find(gallery, { isStarred: true })).toEqual([1]);
    expect(find(gallery, { board: board.id })).toEqual([2]);
    expect(find(gallery, { isTrashed: true })).toEqual([3]);
    expect(gallery.boards()).toEqual([{ id: 1, name: 'Best', pictures: 1 }]);
    gallery.trash([3], false);
    expect(find(gallery, { limit: 2, offset: 1 })).toEqual([2, 1]);
    gallery.removeBoard(board.id);
    expect(gallery.get(2).board).toBeNull();
    expect(() => gallery.setBoard([1], 9)).toThrow(expect.objectContaining({ code: 'boardMissing' }) as Error);
  });

  test('emptying the trash names the files that no other row shows, and search forgets the rows', () => {
    const { gallery } = filled();
    gallery.add([{ asset: asset(0), width: 1, height: 1, recipe: recipe({ prompt: 'twin' }), seconds: null, job: null, capture: null }]);
    gallery.trash([1, 2], true);
    expect(gallery.emptyTrash()).toEqual({ removed: 2, assets: [asset(1)] });
    expect(find(gallery, { text: 'red' })).toEqual([]);
    expect(gallery.assets().get(asset(0))).toEqual([4]);
  });
});

describe('documents', () => {
  const entry = (number: number, assets: string[] = []) => ({ kind: 'do' as const, command: { number }, assets });

  test('entries follow one another, all or none', () => {
    const { documents } = tables();
    const { id } = documents.create('Harbour');
    expect(documents.append(id, 0, [entry(1), entry(2)])).toBe(2);
    expect(() => documents.append(id, 1, [entry(9)])).toThrow(expect.objectContaining({ code: 'documentConflict' }) as Error);
    expect(documents.open(id)).toMatchObject({ document: { name: 'Harbour', sequence: 2 }, snapshot: null, entries: [entry(1), entry(2)] });
  });

  test('the same entries at the same place are appended once', () => {
    const { documents } = tables();
    const { id } = documents.create('Harbour');
    const undo = { kind: 'undo' as const, command: null, assets: [] };
    documents.append(id, 0, [entry(1)]);
    expect(documents.append(id, 1, [entry(2), undo])).toBe(3);
    expect(documents.append(id, 1, [entry(2), undo])).toBe(3);
    expect(() => documents.append(id, 1, [entry(2), entry(3)])).toThrow(expect.objectContaining({ code: 'documentConflict' }) as Error);
    expect(() => documents.append(id, 1, [entry(2)])).toThrow(expect.objectContaining({ code: 'documentConflict' }) as Error);
    expect(documents.history(id, 1, 100)).toEqual([entry(1), entry(2), undo]);
  });

  test('a snapshot shortens opening, not the history', () => {
    const { documents } = tables();
    const { id } = documents.create('Harbour');
    documents.append(
      id,
      0,
      [1, 2, 3, 4].map((number) => entry(number)),
    );
    for (const sequence of [1, 2, 3]) documents.saveSnapshot(id, { sequence, state: { sequence }, assets: [asset(sequence)] });
    expect(documents.open(id)).toMatchObject({ snapshot: { sequence: 3, state: { sequence: 3 } }, entries: [entry(4)] });
    expect(documents.history(id, 1, 100).length).toBe(4);
    expect(() => documents.saveSnapshot(id, { sequence: 5, state: null, assets: [] })).toThrow(
      expect.objectContaining({ code: 'documentConflict' }) as Error,
    );
    expect([...documents.assets(id)]).toEqual([asset(2), asset(3)]);
  });

  test('they are listed with the last changed first, and their assets are known', () => {
    const { documents } = tables();
    const [first, second] = [documents.create('A'), documents.create('B')];
    documents.append(first.id, 0, [entry(1, [asset(7)])]);
    expect(documents.list().map(({ name }) => name)).toEqual(['A', 'B']);
    expect([...documents.assets(null)]).toEqual([asset(7)]);
    documents.remove(first.id);
    expect([...documents.assets(null)]).toEqual([]);
    expect(documents.list().map(({ id }) => id)).toEqual([second.id]);
  });
});
