import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import type { Graph, Value } from '../../kernels/graph/graph.ts';
import { elementCount, type Tensor } from '../../kernels/tensor.ts';

/** One graph to run on every back end. */
export interface GraphCase {
  readonly name: string;
  readonly graph: Graph;
  /** Largest difference allowed, relative to the largest number of an output, in f32. */
  readonly tolerance: number;
  /** Ranges of inputs that are no plain random numbers: whole numbers up to the limit for indices. */
  readonly limits: Readonly<Record<string, number>>;
  /** For numbers that f16 cannot tell apart: such a case is run in f32 alone. */
  readonly needsF32: boolean;
}

export interface CaseOptions {
  readonly needsF32?: boolean;
  readonly tolerance?: number;
  readonly limits?: Readonly<Record<string, number>>;
}

/** A case whose graph is made of the values that `build` returns, by output name. */
export function graphCase(
  name: string,
  build: (scope: Scope, graph: GraphBuilder) => Record<string, Value>,
  options: CaseOptions = {},
): GraphCase {
  const builder = new GraphBuilder();
  const outputs = build(new Scope(builder), builder);
  return {
    name,
    graph: builder.build(outputs),
    tolerance: options.tolerance ?? 2e-6,
    limits: options.limits ?? {},
    needsF32: options.needsF32 ?? false,
  };
}

/** Numbers between -1 and 1 that depend on nothing but the name. */
export function fixedNumbers(name: string, count: number): Float32Array {
  let state = 2166136261;
  for (const character of name) state = Math.imul(state ^ character.codePointAt(0)!, 16777619);
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

export function inputTensor({ name, shape, dtype }: Value, limits: GraphCase['limits']): Tensor {
  const numbers = fixedNumbers(name, elementCount(shape));
  const limit = limits[name] ?? 1;
  if (dtype === 'i32') return { shape, data: Int32Array.from(numbers, (x) => Math.floor(((x + 1) / 2) * limit)) };
  return { shape, data: limit === 1 ? numbers : numbers.map((x) => x * limit) };
}

/** Weights small enough that sums keep the size of their terms; vectors about 1, as scales of norms are. */
export function weightTensor({ name, shape }: Value): Tensor<Float32Array> {
  const data = fixedNumbers(name, elementCount(shape));
  if (shape.length <= 1) return { shape, data: data.map((x) => 1 + x / 2) };
  const factor = (elementCount(shape) / shape[0]!) ** -0.5;
  return { shape, data: data.map((x) => x * factor * 1.7) };
}

/** Largest difference over the largest magnitude; infinite where a number is missing or not finite. */
export function relativeError(found: Tensor | undefined, expected: Tensor): number {
  if (found?.shape.join() !== expected.shape.join()) return Infinity;
  let largest = 1e-30;
  let difference = 0;
  expected.data.forEach((x, i) => {
    largest = Math.max(largest, Math.abs(x));
    const gap = Math.abs(found.data[i]! - x);
    difference = gap <= difference ? difference : Number.isNaN(gap) ? Infinity : gap;
  });
  return difference / largest;
}
