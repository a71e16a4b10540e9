import { BrownianTree } from '../random/brownian-tree.ts';
import type { NoiseSource } from '../random/noise-source.ts';

/** An increment of a Brownian path between two noise levels, on a path that lives from `lowest` to `highest`. */
export interface BrownianInterval {
  readonly from: number;
  readonly to: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Where the steps of a sampler get their noise. */
export interface StepNoise {
  /** `count` standard normal values. */
  normal(count: number): Float32Array;
  /** `count` values of W(to) - W(from), divided by the root of the interval's length, so standard normal too. */
  brownian(interval: BrownianInterval, count: number): Float32Array;
}

/** Step noise from a stream, and from a Brownian tree of `seed` for the samplers that ask for one. */
export function stepNoise(source: NoiseSource, seed: bigint | number): StepNoise {
  let tree: BrownianTree | undefined;
  return {
    normal: (count) => source.randn([count]),
    brownian({ from, to, lowest, highest }, count) {
      tree ??= new BrownianTree({ start: lowest, end: highest, seed: BigInt(seed), count });
      const increment = from < to ? tree.increment(from, to) : tree.increment(to, from).map((value) => -value);
      const scale = Math.fround(Math.sqrt(Math.fround(Math.abs(Math.fround(to - from)))));
      return increment.map((value) => value / scale);
    },
  };
}
