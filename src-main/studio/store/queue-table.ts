import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { AppError, type ErrorData } from '../../contract/errors.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Job } from '../../contract/records.ts';
import { transaction } from './database.ts';
import { storedRecipe } from './stored-recipe.ts';

type Row = Record<string, SQLOutputValue>;

const priorities = ['interactive', 'bulk'] as const;
const waitingOrder = 'ORDER BY priority, position, id';

export interface NewJob {
  readonly recipe: Recipe;
  readonly priority: Job['priority'];
  readonly document: string | null;
}

/** The queue: every change is on disk when the method returns. Interactive jobs come before bulk ones; order never depends on the clock. */
export class QueueTable {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Adds jobs, all or none. Where jobs with the key are there already, those are the answer and nothing is added. */
  add(jobs: readonly NewJob[], key: string | null = null): Job[] {
    const insert = this.#database.prepare(
      `INSERT INTO jobs (state, priority, position, recipe, document, created_at, key)
       VALUES ('queued', ?, (SELECT coalesce(max(position), 0) + 1 FROM jobs), ?, ?, ?, ?)`,
    );
    return transaction(this.#database, () => {
      const known = key === null ? [] : this.#database.prepare('SELECT * FROM jobs WHERE key = ? ORDER BY id').all(key);
      if (known.length > 0) return known.map((row) => this.#job(row));
      return jobs.map(({ recipe, priority, document }) => {
        const { lastInsertRowid } = insert.run(priorities.indexOf(priority), JSON.stringify(recipe), document, this.#now(), key);
        return this.get(Number(lastInsertRowid));
      });
    });
  }

  /** @throws AppError `jobMissing` */
  get(id: number): Job {
    const row = this.#database.prepare('SELECT * FROM jobs WHERE id = ?').get(id);
    if (!row) throw new AppError('jobMissing', `There is no job ${id} in the queue.`, { job: id });
    return this.#job(row);
  }

  /** The running job, the waiting ones in their order, then the last `finished` ones, newest first. */
  list(finished: number): Job[] {
    const open = this.#database.prepare(
      `SELECT * FROM jobs WHERE state IN ('running', 'queued') ORDER BY state DESC, priority, position, id`,
    );
    const done = this.#database.prepare(`SELECT * FROM jobs WHERE state NOT IN ('running', 'queued') ORDER BY id DESC LIMIT ?`);
    return [...open.all(), ...done.all(finished)].map((row) => this.#job(row));
  }

  next(): Job | null {
    const row = this.#database.prepare(`SELECT * FROM jobs WHERE state = 'queued' ${waitingOrder} LIMIT 1`).get();
    return row ? this.#job(row) : null;
  }

  /** Gives the job to the engine. The attempt is counted first, so that a job which takes the whole computer down is counted too. */
  start(id: number): Job {
    this.#database
      .prepare(`UPDATE jobs SET state = 'running', attempts = attempts + 1, started_at = ?, finished_at = NULL, error = NULL WHERE id = ?`)
      .run(this.#now(), id);
    return this.get(id);
  }

  finish(id: number, state: 'done' | 'failed' | 'cancelled' | 'poisonous', error: ErrorData | null): Job {
    this.#database
      .prepare('UPDATE jobs SET state = ?, error = ?, finished_at = ? WHERE id = ?')
      .run(state, error && JSON.stringify(error), this.#now(), id);
    return this.get(id);
  }

  /** Back to its old place; the attempts stay counted unless a person asks again. */
  requeue(id: number, options: { readonly error: ErrorData | null; readonly isAskedFor: boolean }): Job {
    const attempts = options.isAskedFor ? '0' : 'attempts';
    this.#database
      .prepare(`UPDATE jobs SET state = 'queued', error = ?, finished_at = NULL, attempts = ${attempts} WHERE id = ?`)
      .run(options.error && JSON.stringify(options.error), id);
    return this.get(id);
  }

  /** Puts a waiting job before another one of its priority, or last for null. */
  move(id: number, before: number | null): void {
    const job = this.get(id);
    const waiting = this.#database.prepare(
      `SELECT id, position FROM jobs WHERE state = 'queued' AND priority = ? AND id <> ? ${waitingOrder}`,
    );
    const others = waiting
      .all(priorities.indexOf(job.priority), id)
      .map((row) => ({ id: Number(row['id']), position: Number(row['position']) }));
    const index = before === null ? others.length : others.findIndex((other) => other.id === before);
    if (index < 0)
      throw new AppError('jobMissing', `Job ${before} does not wait in the same part of the queue as job ${id}.`, { job: before });
    const left = others[index - 1]?.position;
    const right = others[index]?.position;
    const position = left === undefined ? (right ?? 1) - 1 : right === undefined ? left + 1 : (left + right) / 2;
    this.#database.prepare('UPDATE jobs SET position = ? WHERE id = ?').run(position, id);
  }

  cancelWaiting(): Job[] {
    const rows = this.#database
      .prepare(`UPDATE jobs SET state = 'cancelled', finished_at = ? WHERE state = 'queued' RETURNING *`)
      .all(this.#now());
    return rows.map((row) => this.#job(row));
  }

  clearFinished(): void {
    this.#database.exec(`DELETE FROM jobs WHERE state NOT IN ('queued', 'running')`);
  }

  /**
   * Jobs that an earlier studio left running: queued again, or poisonous after `maxAttempts`. Unless their picture is already in the
   * gallery: then only the last line of the book was missing.
   */
  recover(maxAttempts: number, poison: ErrorData): void {
    transaction(this.#database, () => {
      const running = `state = 'running'`;
      this.#database.exec(`UPDATE jobs SET state = 'done', finished_at = started_at WHERE ${running} AND id IN (SELECT job FROM pictures)`);
      this.#database
        .prepare(`UPDATE jobs SET state = 'poisonous', finished_at = started_at, error = ? WHERE ${running} AND attempts >= ?`)
        .run(JSON.stringify(poison), maxAttempts);
      this.#database.exec(`UPDATE jobs SET state = 'queued' WHERE ${running}`);
    });
  }

  #job(row: Row): Job {
    const pictures = this.#database.prepare('SELECT id FROM pictures WHERE job = ? ORDER BY id').all(row['id'] ?? null);
    return {
      id: Number(row['id']),
      state: String(row['state']) as Job['state'],
      priority: priorities[Number(row['priority'])] ?? 'bulk',
      position: Number(row['position']),
      recipe: storedRecipe(String(row['recipe'])),
      document: row['document'] === null ? null : String(row['document']),
      attempts: Number(row['attempts']),
      createdAt: Number(row['created_at']),
      startedAt: row['started_at'] === null ? null : Number(row['started_at']),
      finishedAt: row['finished_at'] === null ? null : Number(row['finished_at']),
      error: row['error'] === null ? null : (JSON.parse(String(row['error'])) as ErrorData),
      pictures: pictures.map(({ id }) => Number(id)),
    };
  }
}
