const words = 624;
const middle = 397;

/** The 32-bit Mersenne Twister as torch seeds it (Matsumoto & Nishimura 1998; core/MT19937RNGEngine.h): only the low 32 bits of the seed count. */
export class Mt19937 {
  readonly #state = new Uint32Array(words);
  #next = words;

  constructor(seed: bigint) {
    const state = this.#state;
    state[0] = Number(BigInt.asUintN(32, seed));
    for (let i = 1; i < words; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 bits, 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#next === words) this.#twist();
    let bits = this.#state[this.#next++]!;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 24 bits: torch's float uniform. */
  uniform24(): number {
    return (this.uint32() & 0xffffff) / 0x1000000;
  }

  /** Uniform in [0, 1) with 53 bits of a 64-bit draw whose upper word comes first: torch's double uniform. */
  uniform53(): number {
    const high = this.uint32() & 0x1fffff;
    return (high * 0x100000000 + this.uint32()) / 2 ** 53;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < words; i++) {
      const bits = (state[i]! & 0x80000000) | (state[(i + 1) % words]! & 0x7fffffff);
      state[i] = state[(i + middle) % words]! ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
