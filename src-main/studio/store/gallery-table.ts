import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { AppError } from '../../contract/errors.ts';
import type { AssetId } from '../../contract/protocol.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Board, GallerySearch, Picture } from '../../contract/records.ts';
import { transaction } from './database.ts';
import { storedRecipe } from './stored-recipe.ts';
import { pictureWords, searchQuery } from './picture-words.ts';

type Row = Record<string, SQLOutputValue>;

const wholeRow = 'SELECT * FROM pictures JOIN recipes ON picture = id';

export interface NewPicture {
  readonly asset: AssetId;
  readonly width: number;
  readonly height: number;
  readonly recipe: Recipe;
  readonly seconds: number | null;
  readonly job: number | null;
  readonly capture: Picture['capture'];
  /** Milliseconds since 1970; now when it is left out. */
  readonly createdAt?: number;
}

/** Finished pictures, newest first, with boards, stars, trash and full-text search. A row is written after its file is in place. */
export class GalleryTable {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Adds pictures, all or none. */
  add(pictures: readonly NewPicture[]): Picture[] {
    const insert = this.#database.prepare(
      'INSERT INTO pictures (asset, width, height, created_at, seconds, job) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const details = this.#database.prepare('INSERT INTO recipes (picture, recipe, capture) VALUES (?, ?, ?)');
    const index = this.#database.prepare('INSERT INTO picture_words (rowid, words) VALUES (?, ?)');
    return transaction(this.#database, () =>
      pictures.map(({ asset, width, height, recipe, seconds, job, capture, createdAt }) => {
        const time = Math.round(createdAt ?? this.#now());
        const id = Number(insert.run(asset, width, height, time, seconds, job).lastInsertRowid);
        details.run(id, JSON.stringify(recipe), capture && JSON.stringify(capture));
        index.run(id, pictureWords(recipe, width, height));
        return this.get(id);
      }),
    );
  }

  /** @throws AppError `pictureMissing` */
  get(id: number): Picture {
    const row = this.#database.prepare(`${wholeRow} WHERE id = ?`).get(id);
    if (!row) throw new AppError('pictureMissing', `There is no picture ${id} in the gallery.`, { picture: id });
    return picture(row);
  }

  search(search: GallerySearch): { total: number; pictures: Picture[] } {
    const { from, where, order, values } = conditions(search);
    const total = this.#database.prepare(`SELECT count(*) AS n FROM ${from} WHERE ${where}`).get(...values)?.['n'];
    // The page is found in the small tables first; recipes are read for its rows only.
    const page = `SELECT id FROM ${from} WHERE ${where} ORDER BY ${order} DESC LIMIT ? OFFSET ?`;
    const rows = this.#database.prepare(`${wholeRow} WHERE id IN (${page}) ORDER BY id DESC`).all(...values, search.limit, search.offset);
    return { total: Number(total), pictures: rows.map(picture) };
  }

  star(ids: readonly number[], isStarred: boolean): void {
    this.#change(ids, 'starred = ?', Number(isStarred));
  }

  trash(ids: readonly number[], isTrashed: boolean): void {
    this.#change(ids, 'trashed = ?', Number(isTrashed));
  }

  setBoard(ids: readonly number[], board: number | null): void {
    if (board !== null) this.#requireBoard(board);
    this.#change(ids, 'board = ?', board);
  }

  /** Removes the trashed rows and returns the assets that no other row shows: their files can go. */
  emptyTrash(): { removed: number; assets: AssetId[] } {
    return transaction(this.#database, () => {
      const trashed = this.#database.prepare('SELECT id, asset FROM pictures WHERE trashed = 1').all();
      this.remove(trashed.map(({ id }) => Number(id)));
      const isShown = this.#database.prepare('SELECT 1 FROM pictures WHERE asset = ?');
      const assets = new Set(trashed.map(({ asset }) => String(asset)));
      return { removed: trashed.length, assets: [...assets].filter((asset) => !isShown.get(asset)) };
    });
  }

  /** Forgets rows, for instance those whose file is gone. */
  remove(ids: readonly number[]): void {
    const row = this.#database.prepare('DELETE FROM pictures WHERE id = ?');
    const words = this.#database.prepare('DELETE FROM picture_words WHERE rowid = ?');
    for (const id of ids) {
      row.run(id);
      words.run(id);
    }
  }

  /** Ids of rows by asset: what the sweep at start compares with the folder. */
  assets(): Map<AssetId, number[]> {
    const found = new Map<AssetId, number[]>();
    for (const { id, asset } of this.#database.prepare('SELECT id, asset FROM pictures').iterate()) {
      const ids = found.get(String(asset));
      if (ids) ids.push(Number(id));
      else found.set(String(asset), [Number(id)]);
    }
    return found;
  }

  /** The pictures that need assets: a capture of their own, or inputs in their recipe. */
  *withAssets(): Generator<Picture> {
    const rows = this.#database.prepare(`${wholeRow} WHERE capture IS NOT NULL OR recipe LIKE '%"picture":%' OR recipe LIKE '%"asset":%'`);
    for (const row of rows.iterate()) yield picture(row);
  }

  boards(): Board[] {
    const rows = this.#database.prepare(
      `SELECT id, name, (SELECT count(*) FROM pictures WHERE board = boards.id AND trashed = 0) AS pictures FROM boards ORDER BY name COLLATE NOCASE, id`,
    );
    return rows.all().map((row) => ({ id: Number(row['id']), name: String(row['name']), pictures: Number(row['pictures']) }));
  }

  createBoard(name: string): Board {
    const { lastInsertRowid } = this.#database.prepare('INSERT INTO boards (name) VALUES (?)').run(name);
    return { id: Number(lastInsertRowid), name, pictures: 0 };
  }

  renameBoard(id: number, name: string): void {
    this.#requireBoard(id);
    this.#database.prepare('UPDATE boards SET name = ? WHERE id = ?').run(name, id);
  }

  /** The pictures of the board stay in the gallery. */
  removeBoard(id: number): void {
    this.#database.prepare('DELETE FROM boards WHERE id = ?').run(id);
  }

  #requireBoard(id: number): void {
    if (!this.#database.prepare('SELECT 1 FROM boards WHERE id = ?').get(id)) {
      throw new AppError('boardMissing', `There is no board ${id} in the gallery.`, { board: id });
    }
  }

  #change(ids: readonly number[], assignment: string, value: SQLInputValue): void {
    const update = this.#database.prepare(`UPDATE pictures SET ${assignment} WHERE id = ?`);
    transaction(this.#database, () => ids.forEach((id) => update.run(value, id)));
  }
}

interface Conditions {
  readonly from: string;
  readonly where: string;
  readonly order: string;
  readonly values: SQLInputValue[];
}

function conditions(search: GallerySearch): Conditions {
  const parts = ['trashed = ?'];
  const values: SQLInputValue[] = [Number(search.isTrashed)];
  const add = (condition: string, value: SQLInputValue) => {
    parts.push(condition);
    values.push(value);
  };
  if (search.isStarred) parts.push('starred = 1');
  if (search.board !== null) add('board = ?', search.board);
  if (search.from !== null) add('created_at >= ?', Math.round(search.from));
  if (search.to !== null) add('created_at < ?', Math.round(search.to));
  const query = searchQuery(search.text);
  if (query === null) {
    if (search.text.trim() !== '') parts.push('0');
    return { from: 'pictures', where: parts.join(' AND '), order: 'id', values };
  }
  add('words MATCH ?', query);
  // The index gives its matches in the order of rows, backwards too, so a page does not have to sort them all.
  return {
    from: 'picture_words CROSS JOIN pictures ON id = picture_words.rowid',
    where: parts.join(' AND '),
    order: 'picture_words.rowid',
    values,
  };
}

function picture(row: Row): Picture {
  return {
    id: Number(row['id']),
    asset: String(row['asset']),
    width: Number(row['width']),
    height: Number(row['height']),
    recipe: storedRecipe(String(row['recipe'])),
    createdAt: Number(row['created_at']),
    starred: row['starred'] === 1,
    board: row['board'] === null ? null : Number(row['board']),
    isTrashed: row['trashed'] === 1,
    seconds: row['seconds'] === null ? null : Number(row['seconds']),
    job: row['job'] === null ? null : Number(row['job']),
    capture: row['capture'] === null ? null : (JSON.parse(String(row['capture'])) as Picture['capture']),
  };
}
