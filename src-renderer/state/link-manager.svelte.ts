import type { Channel } from '../../src-main/contract/channel.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';

/** Waits between tries; the last one stays. */
const delaysMs = [250, 500, 1000, 2000, 4000] as const;

/** Keeps the page connected: tries again by itself for as long as the page is open. */
export class LinkManager {
  /** `ended` is for good: the two sides do not understand each other, and only a reload helps. */
  state: 'connecting' | 'connected' | 'lost' | 'ended' = $state.raw('connecting');
  /** How often it was tried since the last connection. */
  tries = $state.raw(0);
  reason: string | null = $state.raw(null);
  readonly #client: StudioClient;
  readonly #connect: () => Promise<Channel>;
  readonly #onAgain: () => void;
  #hasBeenConnected = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isTrying = false;

  /** @param onAgain called with every connection after the first */
  constructor(client: StudioClient, connect: () => Promise<Channel>, onAgain: () => void) {
    this.#client = client;
    this.#connect = connect;
    this.#onAgain = onAgain;
    client.onClose((reason) => this.#lost(reason?.message ?? null));
  }

  /** Tries now, and again until it succeeds. */
  async start(): Promise<void> {
    if (this.#isTrying || this.state === 'connected' || this.#client.isEnded) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isTrying = true;
    this.tries++;
    try {
      const channel = await this.#connect();
      this.tries = 0;
      this.state = 'connected';
      this.reason = null;
      this.#client.attach(channel);
      if (this.#hasBeenConnected) this.#onAgain();
      this.#hasBeenConnected = true;
    } catch (error) {
      this.reason = error instanceof Error ? error.message : String(error);
      this.#tryLater();
    } finally {
      this.#isTrying = false;
    }
  }

  /** Does not wait for the next try. */
  tryNow(): void {
    void this.start();
  }

  #lost(reason: string | null): void {
    this.reason = reason;
    if (this.#client.isEnded) {
      this.state = 'ended';
      return;
    }
    // Before the first connection there is nothing to lose.
    if (this.state !== 'connected') return;
    this.state = 'lost';
    this.#tryLater();
  }

  #tryLater(): void {
    const delay = delaysMs[Math.min(this.tries, delaysMs.length - 1)];
    this.#timer = setTimeout(() => void this.start(), delay);
  }
}
