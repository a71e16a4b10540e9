import { describe, expect, test } from 'vitest';
import type { PartTensors, PartValues } from './delta.ts';
import { mergedBias, mergedWeight } from './merge.ts';
import type { LoraModule } from './module.ts';
import type { PartName } from './parts.ts';

/** sin(0.31 j + phase), as the expected numbers were made. */
function wave(shape: readonly number[], phase: number, change = (value: number) => value): PartValues {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, j) => change(Math.fround(Math.sin(0.31 * j + phase)))) };
}

const linear = wave([8, 12], 0.1);
const conv = wave([8, 6, 3, 3], 0.1);

interface Case {
  readonly id: string;
  readonly weight?: PartValues;
  readonly module: Partial<Pick<LoraModule, 'kind' | 'scale' | 'dora'>>;
  readonly parts: Partial<Record<PartName, PartValues>>;
  readonly strength?: number;
  /** First four values, sum, length. */
  readonly expected: readonly [...first: [number, number, number, number], sum: number, length: number];
}

const lora = { up: wave([8, 4], 0.2), down: wave([4, 12], 0.3) };
const loha = { hadaW1A: wave([8, 4], 0.2), hadaW1B: wave([4, 12], 0.3), hadaW2A: wave([8, 4], 0.4), hadaW2B: wave([4, 12], 0.5) };
const outNorms = { doraScale: wave([8, 1], 0.7, (value) => 1 + 0.5 * value) };
const inNorms = { doraScale: wave([1, 12], 0.7, (value) => 1 + 0.5 * value) };

const cases: readonly Case[] = [
  { id: 'M1 LoRA', module: {}, parts: lora, expected: [-0.039909, 0.304649, 0.620164, 0.876557, 6.442793, 7.087148] },
  {
    id: 'M2 convolution',
    weight: conv,
    module: {},
    parts: { up: wave([8, 4, 1, 1], 0.2), down: wave([4, 6, 3, 3], 0.3) },
    expected: [0.213584, 0.552696, 0.839118, 1.045544, 6.531534, 15.164569],
  },
  {
    id: 'M3 Tucker',
    weight: conv,
    module: { kind: 'tucker' },
    parts: { up: wave([8, 4, 1, 1], 0.2), mid: wave([4, 4, 3, 3], 0.4), down: wave([4, 6, 1, 1], 0.3) },
    expected: [0.053374, 0.442022, 0.788532, 1.059868, 16.937771, 15.350619],
  },
  { id: 'M4 LoHa', module: { kind: 'loha' }, parts: loha, expected: [0.142218, 0.40972, 0.656323, 0.86244, 8.543652, 6.921771] },
  {
    id: 'M5 LoKr of whole factors',
    module: { kind: 'lokr', scale: 1 },
    parts: { lokrW1: wave([2, 3], 0.2), lokrW2: wave([4, 4], 0.3) },
    expected: [0.140931, 0.478277, 0.770028, 0.988369, 9.599769, 7.779388],
  },
  {
    id: 'M6 LoKr of a factored second factor',
    module: { kind: 'lokr', scale: 1 },
    parts: { lokrW1: wave([2, 3], 0.2), lokrW2A: wave([4, 2], 0.4), lokrW2B: wave([2, 4], 0.5) },
    expected: [0.215152, 0.518273, 0.771985, 0.952102, 59.922572, 9.493677],
  },
  {
    id: 'M7 LoKr with a Tucker core',
    weight: conv,
    module: { kind: 'lokr', scale: 1 },
    parts: { lokrW1: wave([2, 2], 0.2), lokrT2: wave([2, 2, 3, 3], 0.6), lokrW2A: wave([2, 4], 0.4), lokrW2B: wave([2, 3], 0.5) },
    expected: [0.154798, 0.424174, 0.653112, 0.819787, -24.055633, 15.19866],
  },
  {
    id: 'M8 DoRA along the outputs',
    module: { dora: 'lycoris' },
    parts: { ...lora, ...outNorms },
    strength: 1,
    expected: [-0.049372, 0.130792, 0.298487, 0.437726, 2.637324, 3.900681],
  },
  {
    id: 'M9 DoRA along the inputs',
    module: { dora: 'lycoris' },
    parts: { ...lora, ...inNorms },
    strength: 1,
    expected: [-0.065288, 0.179274, 0.412004, 0.597884, 5.00447, 4.206246],
  },
];

function merge({ weight = linear, module, parts, strength = 0.7 }: Omit<Case, 'id' | 'expected'>): Float32Array {
  const whole = { kind: 'lora' as const, scale: 2 / 4, dora: undefined, shape: weight.shape, ...module };
  return mergedWeight(weight.data, [{ module: whole, parts: partsOf(parts), strength }]);
}

function partsOf(parts: Case['parts']): PartTensors {
  return new Map(Object.entries(parts) as [PartName, PartValues][]);
}

describe('a merged weight', () => {
  test.each(cases)('$id is what LyCORIS and PEFT merge', ({ expected, ...patch }) => {
    const merged = merge(patch);
    const sum = merged.reduce((total, value) => total + value, 0);
    const length = Math.hypot(...merged);
    [...merged.slice(0, 4), sum, length].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });

  test('M10 with DoRA of strength 0.7 follows LyCORIS: the strength counts outside of the norm', () => {
    const merged = merge({ module: { dora: 'lycoris' }, parts: { ...lora, ...outNorms }, strength: 0.7 });
    [-0.0645, 0.170868, 0.389947, 0.571851].forEach((value, i) => expect(merged[i]).toBeCloseTo(value, 5));
  });

  test('with DoRA of PEFT at strength 1 is that of LyCORIS', () => {
    const parts = { ...lora, magnitude: { shape: [8], data: outNorms.doraScale.data } };
    const merged = merge({ module: { dora: 'peft' }, parts, strength: 1 });
    [-0.049372, 0.130792, 0.298487, 0.437726].forEach((value, i) => expect(merged[i]).toBeCloseTo(value, 5));
  });

  test('does not depend on the order of its patches', () => {
    const first = {
      module: { kind: 'lora' as const, scale: 0.5, dora: undefined, shape: linear.shape },
      parts: partsOf(lora),
      strength: 0.7,
    };
    const second = { module: { ...first.module, dora: 'lycoris' as const }, parts: partsOf({ ...lora, ...inNorms }), strength: -0.4 };
    const there = mergedWeight(linear.data, [first, second]);
    const back = mergedWeight(linear.data, [second, first]);
    there.forEach((value, i) => expect(value).toBeCloseTo(back[i]!, 6));
  });

  test.each([
    ['rows by LyCORIS', { ia3: { shape: [2], data: Float32Array.of(1, 0.5) } }, [2, 4, 4.5, 6]],
    [
      'columns by LyCORIS',
      { ia3: { shape: [2], data: Float32Array.of(1, 0.5) }, onInput: { shape: [], data: Float32Array.of(1) } },
      [2, 3, 6, 6],
    ],
    ['rows by PEFT', { ia3Factor: { shape: [2, 1], data: Float32Array.of(1, 0.5) } }, [1, 2, 1.5, 2]],
    ['columns by PEFT', { ia3Factor: { shape: [1, 2], data: Float32Array.of(1, 0.5) } }, [1, 1, 3, 2]],
  ] as const)('with IA3 scales %s', (_, parts, expected) => {
    const weight = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
    expect([...merge({ weight, module: { kind: 'ia3' }, parts, strength: 1 })]).toEqual(expected);
  });

  /** W + 0.5 * 0.7 * (W A1 A2 + B1 B2), by the sums as they stand. */
  function gloraByHand(weight: PartValues, [a1, a2, b1, b2]: readonly PartValues[]): number[] {
    const [rows = 1, columns = 1] = weight.shape;
    const taps = weight.data.length / rows / columns;
    const rank = a2!.shape[0]!;
    return Array.from(weight.data, (value, at) => {
      const [row, column, tap] = [Math.floor(at / taps / columns), Math.floor(at / taps) % columns, at % taps];
      let change = 0;
      for (let r = 0; r < rank; r++) {
        change += b1!.data[row * rank + r]! * b2!.data[(r * columns + column) * taps + tap]!;
        for (let i = 0; i < columns; i++)
          change += weight.data[(row * columns + i) * taps + tap]! * a1!.data[i * rank + r]! * a2!.data[r * columns + column]!;
      }
      return value + 0.35 * change;
    });
  }

  test.each([
    ['a linear layer', linear, [12, 4], [4, 12], [8, 4], [4, 12]],
    ['a convolution', conv, [6, 4, 1, 1], [4, 6, 1, 1], [8, 4, 1, 1], [4, 6, 3, 3]],
  ])('with GLoRA of %s is W + W A + B, in the order of new files and of old ones', (_, weight, ...shapes) => {
    const [a1, a2, b1, b2] = shapes.map((shape, i) => wave(shape, 0.2 + i / 10)) as [PartValues, PartValues, PartValues, PartValues];
    const expected = gloraByHand(weight, [a1, a2, b1, b2]);
    for (const parts of [
      { gloraA1: a1, gloraA2: a2, gloraB1: b1, gloraB2: b2 },
      { gloraA1: a2, gloraA2: a1, gloraB1: b2, gloraB2: b1 },
    ]) {
      const merged = merge({ weight, module: { kind: 'glora' }, parts });
      expect(Math.max(...merged.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
    }
  });

  test('with a whole difference adds it', () => {
    const weight = { shape: [2], data: Float32Array.of(1, 2) };
    const parts = { diff: { shape: [2], data: Float32Array.of(4, -2) } };
    expect([...merge({ weight, module: { kind: 'full' }, parts, strength: 0.5 })]).toEqual([3, 1]);
  });
});

test('a merged bias adds whole differences and the scaled bias of a factor', () => {
  const module = { kind: 'lora' as const, scale: 0.5, dora: undefined, shape: [2, 2] };
  const parts = partsOf({ diffBias: { shape: [2], data: Float32Array.of(1, 2) }, upBias: { shape: [2], data: Float32Array.of(4, 8) } });
  expect([...mergedBias(Float32Array.of(0, 1), [{ module, parts, strength: 0.5 }])]).toEqual([1.5, 4]);
});
