import { elementCount, type NoiseSource } from './noise-source.ts';

const round = Math.fround;
const rounds = 10;
const toUnit = round(2.3283064e-10);
const toAngle = round(toUnit * round(6.2831855));

/**
 * The numbers of a CUDA generator: Philox4x32-10 (Salmon et al. 2011) and curand's Box-Muller, as torch uses them on a large GPU
 * (ATen/native/cuda/DistributionTemplates.h). Element i takes subsequence i and the first of its four normals; each draw moves every
 * subsequence one block on. On a small GPU torch wraps round, so large latents there differ by model of GPU.
 */
export class PhiloxGenerator implements NoiseSource {
  readonly #keyLow: number;
  readonly #keyHigh: number;
  #draw = 0;

  /** All 64 bits of the seed count. */
  constructor(seed: bigint | number) {
    this.#keyLow = Number(BigInt.asUintN(32, BigInt(seed)));
    this.#keyHigh = Number(BigInt.asUintN(32, BigInt(seed) >> 32n));
  }

  randn(shape: readonly number[]): Float32Array<ArrayBuffer> {
    const values = new Float32Array(elementCount(shape));
    const draw = this.#draw++;
    for (let i = 0; i < values.length; i++) {
      const [first, second] = philox([draw, 0, i, 0], this.#keyLow, this.#keyHigh);
      const u = round(round(first * toUnit) + round(toUnit / 2));
      const v = round(round(second * toAngle) + round(toAngle / 2));
      values[i] = round(Math.sqrt(round(-2 * round(Math.log(u))))) * round(Math.sin(v));
    }
    return values;
  }
}

type Counter = readonly [number, number, number, number];

function philox(counter: Counter, keyLow: number, keyHigh: number): Counter {
  let [c0, c1, c2, c3] = counter;
  for (let i = 0; i < rounds; i++) {
    const key0 = (keyLow + Math.imul(i, 0x9e3779b9)) >>> 0;
    const key1 = (keyHigh + Math.imul(i, 0xbb67ae85)) >>> 0;
    const [high0, low0] = multiplyWide(c0, 0xd2511f53);
    const [high1, low1] = multiplyWide(c2, 0xcd9e8d57);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ key0) >>> 0, low1, (high0 ^ c3 ^ key1) >>> 0, low0];
  }
  return [c0, c1, c2, c3];
}

/** The 64-bit product of two 32-bit words, from 16-bit halves: faster than BigInt by an order of magnitude. */
function multiplyWide(a: number, b: number): readonly [high: number, low: number] {
  const low = (a & 0xffff) * b;
  const high = (a >>> 16) * b + Math.floor(low / 0x10000);
  return [Math.floor(high / 0x10000), Math.imul(a, b) >>> 0];
}
