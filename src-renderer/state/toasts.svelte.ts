export interface Toast {
  readonly id: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly action?: { readonly label: string; run(): void };
}

const shownMs = { info: 5000, warning: 8000, error: 12_000 } as const;

/** Sentences that appear for a while in the corner; errors stay longest. */
export class Toasts {
  items: readonly Toast[] = $state.raw([]);
  #next = 1;

  show(level: Toast['level'], text: string, action?: Toast['action']): void {
    if (this.items.some((toast) => toast.text === text)) return;
    const id = this.#next++;
    this.items = [...this.items.slice(-3), { id, level, text, ...(action && { action }) }];
    setTimeout(() => this.dismiss(id), shownMs[level]);
  }

  /** Shows what went wrong, in the words of the error. */
  error(error: unknown): void {
    this.show('error', error instanceof Error ? error.message : String(error));
  }

  dismiss(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }
}
