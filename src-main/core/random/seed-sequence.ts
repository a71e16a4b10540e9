const initA = 0x43b0d7e5;
const multiplierA = 0x931e8875;
const initB = 0x8b51f9dd;
const multiplierB = 0x58f38ded;
const mixLeft = 0xca01f9dd;
const mixRight = 0x4973f715;
const shift = 16;

export interface SeedSequenceOptions {
  /** Seed of any size; its 32-bit words feed the pool. */
  readonly entropy: bigint;
  readonly spawnKey?: readonly number[];
  readonly poolSize: number;
}

/** `numpy.random.SeedSequence(entropy, spawn_key, pool_size).generate_state(count)` (after O'Neill's seed_seq; numpy/random/bit_generator.pyx). */
export function seedSequenceState({ entropy, spawnKey = [], poolSize }: SeedSequenceOptions, count: number): Uint32Array {
  const pool = mixedPool(assembledWords(entropy, spawnKey, poolSize), poolSize);
  const state = new Uint32Array(count);
  let constant = initB;
  for (let i = 0; i < count; i++) {
    let word = pool[i % poolSize]! ^ constant;
    constant = Math.imul(constant, multiplierB);
    word = Math.imul(word, constant);
    state[i] = word ^ (word >>> shift);
  }
  return state;
}

/** The entropy's words and the spawn key's; with a spawn key the entropy is padded to the pool's size first. */
function assembledWords(entropy: bigint, spawnKey: readonly number[], poolSize: number): number[] {
  const words = wordsOf(entropy);
  const key = spawnKey.flatMap((part) => wordsOf(BigInt(part)));
  while (key.length > 0 && words.length < poolSize) words.push(0);
  return [...words, ...key];
}

/** Little-endian 32-bit words without leading zeros; zero is one word. */
function wordsOf(value: bigint): number[] {
  const words: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 32n) words.push(Number(BigInt.asUintN(32, rest)));
  return words.length > 0 ? words : [0];
}

function mixedPool(words: readonly number[], poolSize: number): Uint32Array {
  const pool = new Uint32Array(poolSize);
  let constant = initA;
  const hash = (value: number): number => {
    let word = value ^ constant;
    constant = Math.imul(constant, multiplierA);
    word = Math.imul(word, constant);
    return word ^ (word >>> shift);
  };
  for (let i = 0; i < poolSize; i++) pool[i] = hash(words[i] ?? 0);
  for (let from = 0; from < poolSize; from++) {
    for (let to = 0; to < poolSize; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  for (const word of words.slice(poolSize)) {
    for (let to = 0; to < poolSize; to++) pool[to] = mix(pool[to]!, hash(word));
  }
  return pool;
}

function mix(x: number, y: number): number {
  const mixed = (Math.imul(mixLeft, x) - Math.imul(mixRight, y)) | 0;
  return mixed ^ (mixed >>> shift);
}
