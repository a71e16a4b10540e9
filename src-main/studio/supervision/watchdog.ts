import { AppError } from '../../contract/errors.ts';

/** Heartbeats come every second; so many checks of one second in a row without one mean that the process hangs as a whole. */
const maxSilentChecks = 15;
/** A model call may take long on a slow computer, and loading from a slow disk longer: only far outside of what was seen it is a hang. */
const leastWorkLimitMs = 10 * 60_000;
const workLimitFactor = 20;

/**
 * Decides from heartbeats whether the engine hangs. It counts checks, not clock time, so a computer that slept does not look like an
 * engine that hung. The limit for one piece of work grows with the longest one that did end.
 */
export class Watchdog {
  #silentChecks = 0;
  #busyMs: number | null = null;
  #longestMs = 0;

  /** @param busyMs milliseconds since the last sign of work, null while nothing runs */
  heartbeat(busyMs: number | null): void {
    this.#silentChecks = 0;
    if (this.#busyMs !== null && (busyMs === null || busyMs < this.#busyMs)) this.#longestMs = Math.max(this.#longestMs, this.#busyMs);
    this.#busyMs = busyMs;
  }

  /** To be called every second; the error when the engine must be killed. */
  check(): AppError | null {
    this.#silentChecks++;
    if (this.#silentChecks > maxSilentChecks) {
      return new AppError(
        'engineHung',
        `The engine must give a sign of life every second; it gave none for ${this.#silentChecks} seconds.`,
      );
    }
    const limitMs = Math.max(leastWorkLimitMs, workLimitFactor * this.#longestMs);
    if (this.#busyMs !== null && this.#busyMs > limitMs) {
      const seconds = Math.round(this.#busyMs / 1000);
      const message = `One step of the work may take ${Math.round(limitMs / 1000)} seconds here; the engine is in the same one since ${seconds} seconds.`;
      return new AppError('engineHung', message, { expected: limitMs / 1000, found: seconds });
    }
    return null;
  }
}
