import { logSingle, sineCosineSingle } from './cephes.ts';
import { Mt19937 } from './mt19937.ts';
import { elementCount, type NoiseSource } from './noise-source.ts';

const round = Math.fround;
const twoPiSingle = round(2 * Math.PI);
const block = 16;

/**
 * `torch.Generator('cpu').manual_seed(seed)` and `torch.randn` on it, with the bits of an x86-64 build with AVX2
 * (PyTorch: ATen/native/cpu/DistributionTemplates.h). 16 and more values come from blocks of Box-Muller pairs in f32; fewer come one by
 * one in f64, and an odd one out waits in the generator for the next small draw.
 */
export class TorchGenerator implements NoiseSource {
  readonly #engine: Mt19937;
  #waiting: number | undefined;

  /** `seed` may have 64 bits; the Mersenne Twister uses the low 32. */
  constructor(seed: bigint | number) {
    this.#engine = new Mt19937(BigInt(seed));
  }

  randn(shape: readonly number[]): Float32Array<ArrayBuffer> {
    const values = new Float32Array(elementCount(shape));
    if (values.length < block) return values.map(() => this.#normal());
    const rest = values.length % block;
    this.#fillUniform(values);
    for (let start = 0; start + block <= values.length; start += block) transformSingle(values, start);
    if (rest > 0) this.#redrawTail(values);
    return values;
  }

  /** `dtype` float64: every value is made of 53-bit uniforms. */
  randnFloat64(shape: readonly number[]): Float64Array<ArrayBuffer> {
    const values = new Float64Array(elementCount(shape));
    if (values.length < block) return values.map(() => this.#normal());
    for (let i = 0; i < values.length; i++) values[i] = this.#engine.uniform53();
    for (let start = 0; start + block <= values.length; start += block) transformDouble(values, start);
    if (values.length % block > 0) {
      const start = values.length - block;
      for (let i = start; i < values.length; i++) values[i] = this.#engine.uniform53();
      transformDouble(values, start);
    }
    return values;
  }

  /**
   * `dtype` float16 or bfloat16, widened to f32. Follows PyTorch since February 2026 (pull request 175988): blocks in f32 with one cast at
   * the end, and a tail that is drawn without the uniforms it replaces.
   */
  randnHalf(shape: readonly number[], dtype: 'float16' | 'bfloat16'): Float32Array<ArrayBuffer> {
    const cast = dtype === 'float16' ? Math.f16round : roundToBfloat16;
    const values = new Float32Array(elementCount(shape));
    if (values.length < block) return values.map(() => cast(round(this.#normal())));
    const whole = values.length - (values.length % block);
    this.#fillUniform(values.subarray(0, whole));
    for (let start = 0; start < whole; start += block) transformSingle(values, start);
    if (whole < values.length) this.#redrawTail(values);
    return values.map(cast);
  }

  #fillUniform(values: Float32Array): void {
    for (let i = 0; i < values.length; i++) values[i] = this.#engine.uniform24();
  }

  /** A length that is no multiple of 16 draws its last 16 values anew. */
  #redrawTail(values: Float32Array): void {
    const start = values.length - block;
    this.#fillUniform(values.subarray(start));
    transformSingle(values, start);
  }

  #normal(): number {
    if (this.#waiting !== undefined) {
      const value = this.#waiting;
      this.#waiting = undefined;
      return value;
    }
    const angle = 2 * Math.PI * this.#engine.uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#engine.uniform53()));
    this.#waiting = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Box-Muller on 16 uniforms in f32: the first eight give the radius, the last eight the angle. */
function transformSingle(values: Float32Array, start: number): void {
  for (let i = start; i < start + block / 2; i++) {
    const radius = round(Math.sqrt(round(-2 * logSingle(round(1 - values[i]!)))));
    const [sine, cosine] = sineCosineSingle(round(twoPiSingle * values[i + block / 2]!));
    values[i] = radius * cosine;
    values[i + block / 2] = radius * sine;
  }
}

function transformDouble(values: Float64Array, start: number): void {
  for (let i = start; i < start + block / 2; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[i]!));
    const angle = 2 * Math.PI * values[i + block / 2]!;
    values[i] = radius * Math.cos(angle);
    values[i + block / 2] = radius * Math.sin(angle);
  }
}

const words = new Uint32Array(1);
const single = new Float32Array(words.buffer);

/** The nearest bfloat16 of a finite f32, ties to even. */
function roundToBfloat16(value: number): number {
  single[0] = value;
  const bits = words[0]!;
  words[0] = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return single[0];
}
