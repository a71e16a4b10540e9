import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { StudioEvent } from '../../src-main/contract/studio-methods.ts';

/** Whether this window writes the open document. Only one window at a time does, so that no change is lost to another one's. */
export class DocumentAccess {
  isReader = $state.raw(false);
  /** This window holds changes that could not be saved before another one took over. */
  hasUnsaved = $state.raw(false);
  #document: string | null = null;
  #page: string | null = null;
  /** The writer that the studio told last; its word may come before the answer to a claim. */
  #writer: string | null = null;
  #isClaiming = false;
  readonly #client: StudioClient;
  readonly #hooks: AccessHooks;

  constructor(client: StudioClient, hooks: AccessHooks) {
    this.#client = client;
    this.#hooks = hooks;
  }

  /** Asks to write a document and lets go of the one before. */
  async claim(document: string, isTakeover = false): Promise<void> {
    const before = this.#document;
    if (before !== null && before !== document && !this.isReader) await this.#client.call('documents.release', { document: before });
    this.#document = document;
    this.isReader = !(await this.#claim(document, isTakeover));
    this.hasUnsaved = false;
  }

  /** After a lost connection the studio knows this window by another name. */
  async claimAgain(): Promise<void> {
    if (this.#document === null || this.isReader) return;
    if (!(await this.#claim(this.#document, false))) this.#becomeReader();
  }

  async #claim(document: string, isTakeover: boolean): Promise<boolean> {
    this.#isClaiming = true;
    this.#writer = null;
    try {
      const { page, isWriter } = await this.#client.call('documents.claim', { document, isTakeover });
      this.#page = page;
      return isWriter && (this.#writer ?? page) === page;
    } finally {
      this.#isClaiming = false;
    }
  }

  /** The studio refused a change because another window writes the document. */
  refused(): void {
    this.hasUnsaved = true;
    this.isReader = true;
  }

  receive(event: StudioEvent): void {
    if (event.kind === 'handover' && event.document === this.#document && event.page === this.#page) void this.#handOver(event.document);
    if (event.kind !== 'writer' || event.document !== this.#document) return;
    this.#writer = event.page;
    if (this.#isClaiming) return;
    if (event.page === null && this.isReader && !this.hasUnsaved) this.#hooks.onFree();
    else if (event.page !== null && event.page !== this.#page && !this.isReader) this.#becomeReader();
  }

  async #handOver(document: string): Promise<void> {
    this.isReader = true;
    await this.#hooks.save();
    await this.#client.call('documents.release', { document });
    this.#hooks.onTaken();
  }

  #becomeReader(): void {
    this.isReader = true;
    this.#hooks.onTaken();
  }
}

export interface AccessHooks {
  /** Resolves when everything up to now is saved, or could not be. */
  save(): Promise<void>;
  /** Another window writes the document now. */
  onTaken(): void;
  /** The other window has let go of the document. */
  onFree(): void;
}
