import { expect, it } from 'vitest';
import { silu } from '../../../../kernels/activation/op.ts';
import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { tokens, type Graph } from '../../../../kernels/graph/graph.ts';
import { linear } from '../../../../kernels/linear/op.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { shapeClasses, tune, tuned, type ProductClass, type VariantTimer } from './autotune.ts';
import { buildProgram } from './program/build.ts';

const target: WgslTarget = { storage: 'f32', workgroupBytes: 16_384, maxInvocations: 256, scoreBytes: 2 ** 28 };

/** A small layer, a large one twice, and one whose size no one times. */
function network(): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph);
  const x = graph.input('x', tokens(1, 64, 128));
  const large = linear(scope.at('b'), silu(scope, linear(scope.at('a'), x, 128)), 128);
  return graph.build({
    large,
    small: linear(scope.at('c'), graph.input('t', tokens(1, 1, 32)), 16),
    huge: linear(scope.at('d'), graph.input('h', tokens(1, 1, 8192)), 8192),
  });
}

/** A device whose clock moves by a second a product. */
class FakeDevice implements VariantTimer {
  readonly asked: string[] = [];
  readonly #ms: (product: ProductClass, variant: string) => number;
  #now = 0;

  constructor(ms: (product: ProductClass, variant: string) => number) {
    this.#ms = ms;
  }

  now(): number {
    return this.#now;
  }

  time(product: ProductClass, variant: string): Promise<number> {
    this.#now += 1000;
    this.asked.push(`${product.name} ${variant}`);
    return Promise.resolve(this.#ms(product, variant));
  }
}

const smallWins = () => new FakeDevice((_, variant) => (variant === 'small' ? 1 : 2));

it('begins with the classes that are most work', () => {
  expect(shapeClasses(network(), target).map(({ name }) => name)).toEqual(['gemm 1x8192x8192x1', 'gemm 64x128x128x1', 'gemm 1x16x32x1']);
});

it('takes the fastest variant of each class, and the program uses it', async () => {
  const graph = network();
  const timer = smallWins();
  const table = await tune(graph, target, { timer, limitMs: Infinity });
  expect(table).toEqual({ 'gemm 64x128x128x1': 'small', 'gemm 1x16x32x1': 'small' });
  expect(timer.asked).toHaveLength(6);
  const kernels = buildProgram(graph, { ...target, prefer: tuned(table) }).launches.map(({ dispatch }) => dispatch.kernel);
  expect(kernels).toEqual(['linear 32x32x16', 'linear 32x32x16', 'linear 32x32x16', 'linear 8x64x16']);
});

it('times nothing that is known', async () => {
  const timer = smallWins();
  const known = { 'gemm 64x128x128x1': 'skinny', 'gemm 1x16x32x1': 'large' };
  expect(await tune(network(), target, { timer, known })).toEqual(known);
  expect(timer.asked).toEqual([]);
});

it('begins no class after its time is over, and goes on the next time', async () => {
  const first = await tune(network(), target, { timer: smallWins(), limitMs: 1000 });
  expect(first).toEqual({ 'gemm 64x128x128x1': 'small' });
  const second = await tune(network(), target, { timer: smallWins(), limitMs: 1000, known: first });
  expect(Object.keys(second)).toHaveLength(2);
});

it('times the matrix units where the device has them', async () => {
  const timer = new FakeDevice((_, variant) => (variant === 'matrix' ? 1 : 2));
  const matrix = { component: 'f32', m: 8, n: 8, k: 8, subgroupSize: 32 } as const;
  const table = await tune(network(), { ...target, matrix }, { timer, limitMs: 1000 });
  expect(table).toEqual({ 'gemm 64x128x128x1': 'matrix' });
});
