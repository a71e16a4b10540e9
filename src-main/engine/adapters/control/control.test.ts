import { describe, expect, test } from 'vitest';
import type { AttentionLayer } from '../../../../kernels/attention/stack/layers.ts';
import { addLayers, createStack } from '../../../../kernels/attention/stack/stack.ts';
import { floatTensor } from '../../../../kernels/tensor.ts';
import { regionMask } from '../../../core/regions/mask.ts';
import { controlStackJob } from './control-stack.ts';
import { addResiduals, softFactors } from './residuals.ts';

const plain = { strength: 1, isSoft: false, globalPool: false };

describe('Residuals of a ControlNet', () => {
  test('grow from a tenth to the whole in soft modes', () => {
    const factors = softFactors(13);
    expect(factors).toHaveLength(13);
    expect([factors[0], factors[6], factors[12]].map((value) => value!.toFixed(6))).toEqual(['0.100000', '0.316228', '1.000000']);
  });

  test('add up over nets, each with its strength', () => {
    const sums = [floatTensor([1, 1, 2, 2])];
    const residual = [floatTensor([1, 1, 2, 2], Float32Array.of(1, 2, 3, 4))];
    addResiduals(sums, residual, { ...plain, strength: 0.5 });
    addResiduals(sums, residual, { ...plain, strength: -2 });
    expect([...sums[0]!.data]).toEqual([-1.5, -3, -4.5, -6]);
  });

  test('of a net that ran for the positive side alone leave the negative side as it is', () => {
    const sums = [floatTensor([2, 1, 1, 2])];
    addResiduals(sums, [floatTensor([1, 1, 1, 2], Float32Array.of(5, 6))], plain);
    expect([...sums[0]!.data]).toEqual([0, 0, 5, 6]);
  });

  test('are gated by the mean of the mask over each place of their level', () => {
    const mask = regionMask(2, 4, [1, 1, 0, 0, 1, 0, 0, 0]);
    const ones = (...shape: number[]) => floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1));
    const sums = [floatTensor([1, 2, 2, 4]), floatTensor([1, 1, 1, 2]), floatTensor([1, 1, 1, 1])];
    addResiduals(sums, [ones(1, 2, 2, 4), ones(1, 1, 1, 2), ones(1, 1, 1, 1)], { ...plain, mask });
    expect([...sums[0]!.data]).toEqual([...mask.data, ...mask.data]);
    expect([...sums[1]!.data]).toEqual([0.75, 0]);
    expect([...sums[2]!.data]).toEqual([0.375]);
  });

  test('of shuffle nets are averaged over the picture first, and never softened', () => {
    const sums = [floatTensor([1, 1, 1, 2]), floatTensor([1, 1, 1, 1])];
    addResiduals(sums, [floatTensor([1, 1, 1, 2], Float32Array.of(2, 4)), floatTensor([1, 1, 1, 1])], {
      ...plain,
      isSoft: true,
      globalPool: true,
    });
    expect([...sums[0]!.data]).toEqual([3, 3]);
  });
});

describe('The attention of a control branch', () => {
  const regional = (id: string, row: number): AttentionLayer => ({
    kind: 'regional', id, rows: [row], start: 0, end: 77, hasMask: true, strength: 1, isolate: false, range: [0, 1],
  }); // prettier-ignore
  const layers: AttentionLayer[] = [
    regional('negative', 0),
    regional('positive', 1),
    { kind: 'padding', id: 'padding', lengths: [77, 154] },
    { kind: 'capture', id: 'capture' },
  ];
  const job = { stack: addLayers(createStack('sliced'), layers), batch: 2, tokens: 154, grids: [], masks: new Map() };

  test('has the prompts and their places on the same base op, and no read-outs', () => {
    const { stack, batch } = controlStackJob(job, 2);
    expect([batch, stack.base, stack.layers.map(({ id }) => id)]).toEqual([2, 'sliced', ['padding', 'negative', 'positive']]);
  });

  test('for the positive side alone has that side as its only row', () => {
    const { stack, batch } = controlStackJob(job, 1);
    expect(batch).toBe(1);
    expect(stack.layers).toEqual([{ kind: 'padding', id: 'padding', lengths: [154], tokens: 154 }, { ...regional('positive', 0) }]);
  });
});
