import type { StudioEvent } from '../contract/studio-methods.ts';

/** Longest wait for a page that hands a document over; one that hangs must not keep it. */
const defaultHandoverMs = 3000;

/** Which page writes which document: one at most, so that nobody's strokes are lost to another window's. */
export class DocumentWriters {
  readonly #writers = new Map<string, string>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #emit: (event: StudioEvent) => void;
  readonly #handoverMs: number;

  constructor(emit: (event: StudioEvent) => void, handoverMs: number = defaultHandoverMs) {
    this.#emit = emit;
    this.#handoverMs = handoverMs;
  }

  writerOf(document: string): string | null {
    return this.#writers.get(document) ?? null;
  }

  /** Whether the page may append: it is the writer, or there is none. */
  mayWrite(document: string, page: string): boolean {
    return (this.writerOf(document) ?? page) === page;
  }

  /** Makes the page the writer where nobody is, or, for a takeover, once the writer has saved and let go. */
  async claim(document: string, page: string, isTakeover: boolean): Promise<boolean> {
    if (!this.mayWrite(document, page)) {
      if (!isTakeover) return false;
      await this.#handover(document, page);
    }
    if (this.writerOf(document) !== page) this.#set(document, page);
    return true;
  }

  release(document: string, page: string): void {
    if (this.writerOf(document) === page) this.#set(document, null);
  }

  /** The page has gone: everything that it wrote is free. */
  leave(page: string): void {
    for (const [document, writer] of [...this.#writers]) if (writer === page) this.#set(document, null);
  }

  async #handover(document: string, page: string): Promise<void> {
    const writer = this.writerOf(document);
    if (writer === null || writer === page) return;
    let timer: NodeJS.Timeout | undefined;
    const freed = new Promise<void>((resolve) => {
      const listeners = this.#waiting.get(document) ?? new Set();
      this.#waiting.set(document, listeners.add(resolve));
      timer = setTimeout(resolve, this.#handoverMs);
    });
    this.#emit({ kind: 'handover', document, page: writer });
    await freed;
    clearTimeout(timer);
  }

  #set(document: string, page: string | null): void {
    if (page === null) this.#writers.delete(document);
    else this.#writers.set(document, page);
    const listeners = this.#waiting.get(document);
    // One who waits takes the document in the next turn: telling everybody that it is free would start a race.
    if (page === null && listeners) {
      this.#waiting.delete(document);
      for (const resolve of listeners) resolve();
    } else this.#emit({ kind: 'writer', document, page });
  }
}
