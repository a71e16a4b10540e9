import type { Board, Picture } from '../../src-main/contract/records.ts';
import type { StudioClient, StudioEventListener } from '../../src-main/contract/studio-client.ts';
import type { Toasts } from './toasts.svelte.ts';

const pageSize = 100;
/** Pages kept in memory around what is shown. */
const keptPages = 40;
const searchDelayMs = 120;
/** Pictures of a batch come in one after the other: they are shown together. */
const reloadDelayMs = 250;
const reloadedPages = 6;

export interface GalleryFilter {
  readonly text: string;
  readonly board: number | null;
  readonly isStarred: boolean;
  readonly isTrashed: boolean;
  /** Only pictures since then, in milliseconds since 1970; null for any time. */
  readonly from: number | null;
}

/** The gallery as a very long list of which only some pages are in memory; rows are fetched as they come into sight. */
export class GalleryManager {
  filter: GalleryFilter = $state.raw({ text: '', board: null, isStarred: false, isTrashed: false, from: null });
  total = $state(0);
  boards: readonly Board[] = $state.raw([]);
  selected: ReadonlySet<number> = $state.raw(new Set());
  /** Changes whenever pages do; reading it makes `at` reactive. */
  #version = $state(0);
  readonly #pages = new Map<number, readonly Picture[]>();
  readonly #asked = new Set<number>();
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reloadTimer: ReturnType<typeof setTimeout> | null = null;
  #isShown = false;
  #isStale = false;
  readonly #client: StudioClient;
  readonly #toasts: Toasts;

  constructor(client: StudioClient, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  async load(): Promise<void> {
    this.boards = (await this.#client.call('boards.list', {})).boards;
    this.#reset();
    await this.#fetch(0);
  }

  setFilter(filter: Partial<GalleryFilter>): void {
    this.filter = { ...this.filter, ...filter };
    this.selected = new Set();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), filter.text === undefined ? 0 : searchDelayMs);
  }

  refresh(): void {
    this.#reset();
    void this.#fetch(0);
  }

  /** Picture number `index` of the search; undefined while its page is on the way. */
  at(index: number): Picture | undefined {
    const page = Math.floor(index / pageSize);
    // Reading the version is what makes this reactive; it never is negative.
    if (this.#version < 0) return undefined;
    if (!this.#pages.has(page) && !this.#asked.has(page)) queueMicrotask(() => void this.#fetch(page));
    return this.#pages.get(page)?.[index % pageSize];
  }

  select(id: number, isAdded: boolean): void {
    const next = new Set(isAdded ? this.selected : []);
    if (isAdded && this.selected.has(id)) next.delete(id);
    else next.add(id);
    this.selected = next;
  }

  star(pictures: readonly number[], isStarred: boolean): Promise<void> {
    return this.#do(this.#client.call('gallery.star', { pictures: [...pictures], isStarred }));
  }

  async trash(pictures: readonly number[]): Promise<void> {
    await this.#do(this.#client.call('gallery.trash', { pictures: [...pictures] }));
    this.selected = new Set();
    this.#toasts.show('info', pictures.length === 1 ? 'Moved to the trash.' : `${pictures.length} pictures moved to the trash.`, {
      label: 'Restore',
      run: () => void this.restore(pictures),
    });
  }

  async restore(pictures: readonly number[]): Promise<void> {
    await this.#do(this.#client.call('gallery.restore', { pictures: [...pictures] }));
    this.selected = new Set();
  }

  async emptyTrash(): Promise<void> {
    await this.#do(this.#client.call('gallery.emptyTrash', {}));
  }

  setBoard(pictures: readonly number[], board: number | null): Promise<void> {
    return this.#do(this.#client.call('gallery.setBoard', { pictures: [...pictures], board }));
  }

  createBoard(name: string): Promise<void> {
    return this.#do(this.#client.call('boards.create', { name }));
  }

  renameBoard(board: number, name: string): Promise<void> {
    return this.#do(this.#client.call('boards.rename', { board, name }));
  }

  async removeBoard(board: number): Promise<void> {
    await this.#do(this.#client.call('boards.remove', { board }));
    if (this.filter.board === board) this.setFilter({ board: null });
  }

  async #do(action: Promise<unknown>): Promise<void> {
    try {
      await action;
      this.boards = (await this.#client.call('boards.list', {})).boards;
      await this.#reload();
    } catch (error) {
      this.#toasts.error(error);
    }
  }

  #reset(): void {
    this.#generation++;
    this.#pages.clear();
    this.#asked.clear();
    this.#version++;
  }

  /** Says whether the gallery can be seen: only then is it worth keeping up with the queue. */
  setShown(isShown: boolean): void {
    this.#isShown = isShown;
    if (isShown && this.#isStale) this.#reloadStale();
  }

  #reloadStale(): void {
    if (this.#reloadTimer !== null) clearTimeout(this.#reloadTimer);
    this.#reloadTimer = null;
    this.#isStale = false;
    void this.#do(Promise.resolve());
  }

  /** Fetches again what was fetched last, and shows the old rows until the new ones are there. */
  async #reload(): Promise<void> {
    this.#generation++;
    this.#asked.clear();
    for (const old of [...this.#pages.keys()].slice(0, -reloadedPages)) this.#pages.delete(old);
    if (this.#pages.size === 0) return this.#fetch(0);
    await Promise.all([...this.#pages.keys()].map((page) => this.#fetch(page)));
  }

  async #fetch(page: number): Promise<void> {
    this.#asked.add(page);
    const generation = this.#generation;
    const { text, board, isStarred, isTrashed, from } = this.filter;
    try {
      const params = { text, board, isStarred, isTrashed, from, offset: page * pageSize, limit: pageSize };
      const answer = await this.#client.call('gallery.search', params);
      if (generation !== this.#generation) return;
      this.#pages.set(page, answer.pictures);
      this.total = answer.total;
      for (const old of [...this.#pages.keys()].slice(0, Math.max(0, this.#pages.size - keptPages))) {
        this.#pages.delete(old);
        this.#asked.delete(old);
      }
      this.#version++;
    } catch (error) {
      this.#asked.delete(page);
      if (generation === this.#generation) this.#toasts.error(error);
    }
  }

  /** After a lost connection anything may have changed. */
  catchUp(): void {
    this.#isStale = true;
    if (this.#isShown) this.#reloadStale();
  }

  readonly receive: StudioEventListener = (event) => {
    if (event.kind !== 'gallery' && event.kind !== 'picture') return;
    this.#isStale = true;
    if (this.#isShown) this.#reloadTimer ??= setTimeout(() => this.#reloadStale(), reloadDelayMs);
  };
}
