/** What a buffer of an attention op holds. `scores` is what grows with queries times keys. */
export type BufferPurpose = 'scores' | 'tiles' | 'partials';

/** Counts the bytes that ops allocate, so that "a sixteenth of the memory" is a measured number. Freed buffers leave the count. */
export class AllocationMeter {
  readonly #current = new Map<BufferPurpose, number>();
  readonly #peak = new Map<BufferPurpose, number>();
  #total = 0;
  #totalPeak = 0;

  /** Zeros, counted until the scope given to `within` ends. */
  floats(count: number, purpose: BufferPurpose): Float32Array {
    this.#add(purpose, count * 4);
    return new Float32Array(count);
  }

  /** Runs `work` and gives back what it allocated. */
  within<T>(work: () => T): T {
    const before = new Map(this.#current);
    try {
      return work();
    } finally {
      for (const purpose of this.#current.keys()) this.#current.set(purpose, before.get(purpose) ?? 0);
      this.#total = [...this.#current.values()].reduce((sum, bytes) => sum + bytes, 0);
    }
  }

  /** Most bytes held at once, of one purpose or altogether. */
  peakBytes(purpose?: BufferPurpose): number {
    return purpose === undefined ? this.#totalPeak : (this.#peak.get(purpose) ?? 0);
  }

  #add(purpose: BufferPurpose, bytes: number): void {
    const held = (this.#current.get(purpose) ?? 0) + bytes;
    this.#current.set(purpose, held);
    this.#peak.set(purpose, Math.max(held, this.#peak.get(purpose) ?? 0));
    this.#total += bytes;
    this.#totalPeak = Math.max(this.#totalPeak, this.#total);
  }
}
