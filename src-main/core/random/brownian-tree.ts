import { seedSequenceState } from './seed-sequence.ts';
import { TorchGenerator } from './torch-generator.ts';

const round = Math.fround;
const decimals = 1e6;
const poolSize = 24;

export interface BrownianTreeOptions {
  readonly start: number;
  readonly end: number;
  readonly seed: bigint;
  /** Number of independent paths. */
  readonly count: number;
}

interface Node {
  readonly start: number;
  readonly end: number;
  readonly key: number;
  readonly depth: number;
  readonly increment: Float32Array;
}

/** Nodes whose halves are kept: two paths from the root, to the edge of the last interval and to that of this one. */
const keptSplits = 48;

/**
 * Brownian paths that can be asked for any interval in any order and always give the same answer: torchsde's
 * BrownianInterval(entropy=seed, tol=1e-6, pool_size=24, halfway_tree=True). Intervals are halved until the asked edges, rounded to six
 * decimals, are met; each half is a Brownian bridge with a seed of its own. At most about 24 levels deep.
 */
export class BrownianTree {
  readonly #root: Node;
  readonly #seed: bigint;
  /** Left increments by key and depth of the split node, least recently used first. */
  readonly #left = new Map<string, Float32Array>();

  constructor({ start, end, seed, count }: BrownianTreeOptions) {
    const [rootSeed] = seedSequenceState({ entropy: seed, poolSize }, 3);
    const scale = round(Math.sqrt(end - start));
    const increment = new TorchGenerator(rootSeed!).randn([count]).map((value) => value * scale);
    this.#seed = seed;
    this.#root = { start: toDecimals(start), end: toDecimals(end), key: 0, depth: 0, increment };
  }

  /** W(to) - W(from) for from < to; edges outside the paths' life are moved to its ends. */
  increment(from: number, to: number): Float32Array<ArrayBuffer> {
    const within = (time: number): number => toDecimals(Math.min(Math.max(time, this.#root.start), this.#root.end));
    const [start, end] = [within(from), within(to)];
    const total = new Float32Array(this.#root.increment.length);
    if (start < end) this.#collect(this.#root, start, end, total);
    return total;
  }

  #collect(node: Node, start: number, end: number, total: Float32Array): void {
    if (start === node.start && end === node.end) {
      for (let i = 0; i < total.length; i++) total[i]! += node.increment[i]!;
      return;
    }
    const [left, right] = this.#split(node);
    if (start < left.end) this.#collect(left, start, Math.min(end, left.end), total);
    if (end > right.start) this.#collect(right, Math.max(start, right.start), end, total);
  }

  /** The two halves of a node: the left one is a bridge to the middle, the right one the rest. */
  #split(node: Node): readonly [Node, Node] {
    const { start, end, key, depth, increment } = node;
    const middle = toDecimals(0.5 * (end + start));
    const left = this.#leftIncrement(node, middle);
    const right = increment.map((value, i) => value - left[i]!);
    return [
      { start, end: middle, key: 2 * key, depth: depth + 1, increment: left },
      { start: middle, end, key: 2 * key + 1, depth: depth + 1, increment: right },
    ];
  }

  #leftIncrement(node: Node, middle: number): Float32Array {
    const name = `${node.depth} ${node.key}`;
    const kept = this.#left.get(name);
    this.#left.delete(name);
    const left = kept ?? this.#bridge(node, middle);
    this.#left.set(name, left);
    if (this.#left.size > keptSplits) this.#left.delete(this.#left.keys().next().value!);
    return left;
  }

  /** W(middle) - W(start) given the increment of the whole: its share plus a normal of the bridge's deviation (Levy's construction). */
  #bridge({ start, end, key, depth, increment }: Node, middle: number): Float32Array {
    const [seed] = seedSequenceState({ entropy: this.#seed, spawnKey: [key, depth], poolSize }, 4);
    const perLength = 1 / (end - start);
    const deviation = round(Math.sqrt((middle - start) * (end - middle) * perLength));
    const [before, scale] = [round(middle - start), round(perLength)];
    const noise = new TorchGenerator(seed!).randn([increment.length]);
    return increment.map((value, i) => round(round(before * value) * scale) + round(deviation * noise[i]!));
  }
}

/** Six decimals, halves to the even digit as Python's `round`; an exact half needs a multiple of 1/128. */
function toDecimals(time: number): number {
  const scaled = time * decimals;
  const isTie = Number.isInteger(time * 128) && scaled % 1 === 0.5;
  if (isTie) return (2 * Math.round(scaled / 2)) / decimals;
  return Number(time.toFixed(6));
}
