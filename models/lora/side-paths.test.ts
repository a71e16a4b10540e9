import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, tokens, type Graph } from '../../kernels/graph/graph.ts';
import { interpret } from '../../kernels/graph/interpret.ts';
import { toTokens } from '../../kernels/layout/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { floatTensor, type FloatTensor } from '../../kernels/tensor.ts';
import { loraInputNames } from './gates.ts';
import { mergedWeight } from './merge.ts';
import { joinedId, joinedParts, sideWeightName, withSidePaths, type SidePathLora } from './side-paths.ts';

/** A convolution of stride 2, then a linear layer over its pixels, and a linear layer over text. */
function toyGraph(): Graph {
  const builder = new GraphBuilder();
  const scope = new Scope(builder);
  const x = conv2d(scope.at('conv'), builder.input('x', image(1, 2, 6, 4)), { outChannels: 3, stride: 2 });
  const text = linear(scope.at('text'), builder.input('text', tokens(1, 5, 3)), 2);
  return builder.build({ out: linear(scope.at('linear'), toTokens(scope, x), 4), text });
}

const shapes = { conv: [3, 2, 3, 3], linear: [4, 3], text: [2, 3] } as const;
const inputs = { x: [1, 2, 6, 4], text: [1, 5, 3] } as const;

function noise(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

interface Factors {
  readonly down: FloatTensor;
  readonly up: FloatTensor;
}

function setting(seed: number, rank: number) {
  const next = noise(seed);
  const random = (shape: readonly number[]): FloatTensor => {
    const tensor = floatTensor(shape);
    for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = next();
    return tensor;
  };
  const weights = new Map<string, FloatTensor>();
  const factors = new Map<string, Factors>();
  for (const [module, shape] of Object.entries(shapes)) {
    weights.set(`${module}.weight`, random(shape));
    weights.set(`${module}.bias`, random([shape[0]]));
    const unit = shape.slice(2).map(() => 1);
    factors.set(module, { down: random([rank, ...shape.slice(1)]), up: random([shape[0], rank, ...unit]) });
  }
  const values = new Map(Object.entries(inputs).map(([name, shape]) => [name, random(shape)]));
  return { weights, factors, values };
}

function sideWeights(id: string, factors: ReadonlyMap<string, Factors>): Map<string, FloatTensor> {
  return new Map(
    [...factors].flatMap(([module, { down, up }]) => [
      [sideWeightName(id, module, 'down'), down] as const,
      [sideWeightName(id, module, 'up'), up] as const,
    ]),
  );
}

function run(graph: Graph, weights: ReadonlyMap<string, FloatTensor>, values: ReadonlyMap<string, FloatTensor>) {
  const results = interpret(graph, { inputs: values, weight: ({ name }) => weights.get(name)! });
  return { out: results.get('out')!.data as Float32Array, text: results.get('text')!.data as Float32Array };
}

function loraOf(rank: number, scale: number, isRegional: boolean): SidePathLora {
  return { id: 'a', isRegional, paths: new Map(Object.keys(shapes).map((module) => [module, { kind: 'lowRank', rank, scale }])) };
}

function strengths(id: string, strength: number): [string, FloatTensor][] {
  return [2, 3, 4].map((rank) => [
    loraInputNames.strength(id, rank),
    floatTensor(new Array<number>(rank).fill(1), Float32Array.of(strength)),
  ]);
}

function merged(weights: ReadonlyMap<string, FloatTensor>, factors: ReadonlyMap<string, Factors>, scale: number, strength: number) {
  const result = new Map(weights);
  for (const [module, { down, up }] of factors) {
    const weight = weights.get(`${module}.weight`)!;
    const patch = { module: { kind: 'lora' as const, scale, dora: undefined, shape: weight.shape }, parts: new Map([['down', down], ['up', up]] as const), strength }; // prettier-ignore
    result.set(`${module}.weight`, floatTensor(weight.shape, mergedWeight(weight.data, [patch])));
  }
  return result;
}

function expectNear(got: Float32Array, expected: Float32Array): void {
  got.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4));
}

describe('a LoRA beside its layers', () => {
  test('gives what its merged weights give, for any rank, scale and strength', () => {
    const parameters = [fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 5 }), fc.double({ min: 0.1, max: 2, noNaN: true }), fc.double({ min: -1.5, max: 1.5, noNaN: true })] as const; // prettier-ignore
    fc.assert(
      fc.property(...parameters, (seed, rank, scale, strength) => {
        const { weights, factors, values } = setting(seed, rank);
        const graph = withSidePaths(toyGraph(), [loraOf(rank, scale, false)]);
        const beside = run(graph, new Map([...weights, ...sideWeights('a', factors)]), new Map([...values, ...strengths('a', strength)]));
        const alone = run(toyGraph(), merged(weights, factors, scale, strength), values);
        expectNear(beside.out, alone.out);
        expectNear(beside.text, alone.text);
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  test('of strength 0 changes nothing, bit for bit', () => {
    const { weights, factors, values } = setting(3, 2);
    const graph = withSidePaths(toyGraph(), [loraOf(2, 1, false)]);
    const off = run(graph, new Map([...weights, ...sideWeights('a', factors)]), new Map([...values, ...strengths('a', 0)]));
    expect(off).toEqual(run(toyGraph(), weights, values));
  });

  test('and another share one pair of thin layers, and give what both merged give', () => {
    const [one, two] = [setting(11, 2), setting(12, 3)];
    const second = { ...loraOf(3, 2, false), id: 'b' };
    const loras = [loraOf(2, 0.5, false), second];
    const graph = withSidePaths(toyGraph(), loras);
    const weightNames = graph.weights.map(({ name }) => name).filter((name) => name.startsWith('lora.'));
    expect(weightNames).toHaveLength(2 * Object.keys(shapes).length);
    const joined = new Map<string, FloatTensor>();
    for (const [module, { down, up }] of one.factors) {
      const other = two.factors.get(module)!;
      const id = joinedId(joinedParts(loras, module));
      const [rows = 0] = up.shape;
      const sides = Array.from({ length: rows }, (_, row) => [...up.data.slice(2 * row, 2 * row + 2), ...other.up.data.slice(3 * row, 3 * row + 3)]); // prettier-ignore
      joined.set(sideWeightName(id, module, 'down'), floatTensor([5, ...down.shape.slice(1)], Float32Array.of(...down.data, ...other.down.data))); // prettier-ignore
      joined.set(sideWeightName(id, module, 'up'), floatTensor([rows, 5, ...up.shape.slice(2)], Float32Array.from(sides.flat())));
    }
    const values = new Map([...one.values, ...strengths('a', 0.7), ...strengths('b', -0.3)]);
    const beside = run(graph, new Map([...one.weights, ...joined]), values);
    const both = merged(merged(one.weights, one.factors, 0.5, 0.7), two.factors, 2, -0.3);
    const alone = run(toyGraph(), both, one.values);
    expectNear(beside.out, alone.out);
    expectNear(beside.text, alone.text);
  });

  test('and regional acts where its mask is, on pixels, and on the tokens it owns', () => {
    const { weights, factors, values } = setting(5, 2);
    const grid = { height: 3, width: 2 };
    const mask = Float32Array.of(1, 0, 1, 0, 0, 0);
    const gates: [string, FloatTensor][] = [
      [loraInputNames.plane('a', grid), floatTensor([1, 1, 3, 2], mask)],
      [loraInputNames.pixels('a', grid), floatTensor([1, 6, 1], mask)],
      [loraInputNames.tokens('a'), floatTensor([1, 5, 1], Float32Array.of(0, 0, 0, 1, 1))],
    ];
    const graph = withSidePaths(toyGraph(), [loraOf(2, 0.5, true)]);
    const gated = run(graph, new Map([...weights, ...sideWeights('a', factors)]), new Map([...values, ...gates]));
    const [off, on] = [run(toyGraph(), weights, values), run(toyGraph(), merged(weights, factors, 0.5, 1), values)];
    mask.forEach((inside, pixel) => {
      const row = (data: Float32Array) => data.subarray(pixel * 4, pixel * 4 + 4);
      expectNear(row(gated.out), row(inside === 1 ? on.out : off.out));
    });
    expectNear(gated.text.subarray(0, 6), off.text.subarray(0, 6));
    expectNear(gated.text.subarray(6), on.text.subarray(6));
  });

  test('builds the same graph again as it is, when there is none', () => {
    const graph = toyGraph();
    expect(withSidePaths(graph, [{ id: 'a', isRegional: false, paths: new Map() }])).toBe(graph);
  });
});
