import type { JournalEntry } from '../../src-main/contract/records.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { StudioEvent } from '../../src-main/contract/studio-methods.ts';

const entriesPerRequest = 1000;

export interface FollowHooks {
  /** Number of the first entry that this window does not show yet; null where it does not follow: it edits, or holds changes of its own. */
  next(document: string): number | null;
  /** Shows entries, the first of which is `next`. */
  show(entries: readonly JournalEntry[]): void;
  failed(error: unknown): void;
}

/** Keeps a window that only shows a document level with what another one saves. */
export class DocumentFollower {
  readonly #client: StudioClient;
  readonly #hooks: FollowHooks;
  #running: string | null = null;
  /** Something was saved while the entries before it were being fetched. */
  #isBehind = false;

  constructor(client: StudioClient, hooks: FollowHooks) {
    this.#client = client;
    this.#hooks = hooks;
  }

  receive(event: StudioEvent): void {
    if (event.kind === 'document') void this.catchUp(event.document);
  }

  /** Shows everything that was saved up to now. */
  async catchUp(document: string): Promise<void> {
    if (this.#running === document) {
      this.#isBehind = true;
      return;
    }
    this.#running = document;
    try {
      do {
        this.#isBehind = false;
        await this.#fetch(document);
      } while (this.#isBehind);
    } catch (error) {
      this.#hooks.failed(error);
    } finally {
      if (this.#running === document) this.#running = null;
    }
  }

  async #fetch(document: string): Promise<void> {
    const from = this.#hooks.next(document);
    if (from === null) return;
    const { entries } = await this.#client.call('documents.history', { document, from, limit: entriesPerRequest });
    // Meanwhile this window may have taken the document over, or opened another.
    if (entries.length === 0 || this.#hooks.next(document) !== from) return;
    this.#hooks.show(entries);
    if (entries.length === entriesPerRequest) this.#isBehind = true;
  }
}
