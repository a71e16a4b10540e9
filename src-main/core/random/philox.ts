import { elementCount, type NoiseSource } from './noise-source.ts';

const round = Math.fround;
const rounds = 10;
const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
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
      const [first, second] = philox(draw, i, this.#keyLow, this.#keyHigh);
      const u = round(round(first * toUnit) + round(toUnit / 2));
      const v = round(round(second * toAngle) + round(toAngle / 2));
      values[i] = round(Math.sqrt(round(-2 * round(Math.log(u))))) * round(Math.sin(v));
    }
    return values;
  }
}

/** The first two words of the block with counter [draw, 0, element, 0]: all that one normal needs. */
function philox(draw: number, element: number, keyLow: number, keyHigh: number): readonly [number, number] {
  let [c0, c1, c2, c3] = [draw, 0, element, 0];
  let [key0, key1] = [keyLow, keyHigh];
  for (let i = 0; i < rounds; i++) {
    const [low0, low1] = [Math.imul(c0, multiplier0) >>> 0, Math.imul(c2, multiplier1) >>> 0];
    const [high0, high1] = [highWord(c0, multiplier0), highWord(c2, multiplier1)];
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c1 = low1;
    c3 = low0;
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1];
}

/** Upper word of a 32 x 32 bit product, by halves of one factor: every sum stays below 2^53. */
function highWord(a: number, b: number): number {
  const high = (a >>> 16) * b + Math.floor(((a & 0xffff) * b) / 0x10000);
  return Math.floor(high / 0x10000);
}
